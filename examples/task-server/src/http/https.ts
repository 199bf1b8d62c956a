import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Security } from '../security-variables.ts'

/** Thrown when a request came by plain HTTP where that is not wanted. */
class HttpsRequiredError extends Error {
  override readonly name: 'HttpsRequiredError' = 'HttpsRequiredError'
  readonly code: 'ERR_HTTPS_REQUIRED' = 'ERR_HTTPS_REQUIRED'
}

/**
 * Makes what refuses a request that did not come by HTTPS, or sends it there: only one that changes nothing, and only to a host that
 * is known to be this server.
 *
 * @param security What is wanted, and which hosts there are.
 * @returns A function that answers with a redirection and returns true, or does nothing, or throws.
 */
export function createHttpsRule({
  requireHttps,
  corsOrigins,
}: Pick<Security, 'requireHttps' | 'corsOrigins'>): (request: FastifyRequest, reply: FastifyReply) => boolean {
  return ({ method, protocol, host, originalUrl }, reply) => {
    if (requireHttps === undefined || protocol === 'https') return false
    const origin = `https://${host}`
    const isReading = method === 'GET' || method === 'HEAD'
    if (requireHttps === 'refuse' || !isReading || !corsOrigins.includes(origin) || !originalUrl.startsWith('/'))
      throw new HttpsRequiredError('Cannot accept this over plain HTTP: send it over HTTPS')
    reply.redirect(`${origin}${originalUrl}`, 308)
    return true
  }
}
