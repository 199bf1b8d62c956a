import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FastifyInstance } from 'fastify'
import helmet from 'helmet'

const NOTHING = ["'none'"]
/** A year. Subdomains are somebody else's to decide on. */
const HTTPS_ONLY = 'max-age=31536000'

/** What every answer says to browsers: that it is data, of no page, and shown in none. In lower case. */
export const SECURE_HEADERS: Readonly<Record<string, string>> = collect(
  helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: NOTHING, baseUri: NOTHING, formAction: NOTHING, frameAncestors: NOTHING },
    },
    xFrameOptions: { action: 'deny' },
    // Of plain HTTP, a browser does not believe it.
    strictTransportSecurity: false,
  }),
)

/**
 * Puts them on every answer, also of what is refused before anything else is done: call it before all other hooks. Answers that are
 * made without hooks have to take them themselves.
 *
 * @param app The server.
 */
export function addSecureHeaders(app: FastifyInstance): void {
  app.addHook('onRequest', (request, reply, done) => {
    reply.headers(SECURE_HEADERS)
    if (request.protocol === 'https') reply.header('strict-transport-security', HTTPS_ONLY)
    done()
  })
}

/** They are the same for each request, so a middleware has to be asked but once. */
function collect(
  middleware: (request: IncomingMessage, response: ServerResponse, next: () => void) => void,
): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {}
  const response = {
    setHeader: (name: string, value: string) => {
      headers[name.toLowerCase()] = value
    },
    removeHeader: () => undefined,
  }
  middleware({} as IncomingMessage, response as unknown as ServerResponse, () => {})
  return headers
}
