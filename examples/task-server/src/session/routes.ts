import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply } from 'fastify'
import Type from 'typebox'
import type { VisitorRequest } from './origin.ts'
import type { Session, Sessions } from './sessions.ts'

/** A session, as it is answered. */
const SessionAnswer = Type.Object({ visitorId: Type.String(), name: Type.String() })

/** What can be changed of a session. */
const SessionChanges = Type.Object(
  {
    name: Type.String({
      minLength: 1,
      maxLength: 50,
      pattern: '^[^\\p{Cc}\\p{Cs}]*$',
      expected: 'one line of well-formed text',
    }),
  },
  { additionalProperties: false },
)

/**
 * Creates the routes of a visitor's own session, to be registered under a prefix. Only these begin one.
 *
 * @param sessions The sessions.
 */
export function sessionRoutes(sessions: Sessions): FastifyPluginAsyncTypebox {
  function answer(
    request: VisitorRequest,
    reply: FastifyReply,
    { visitorId, name }: Session,
    isToBeSet: boolean,
  ): Session {
    reply.header('cache-control', 'private, no-store')
    if (isToBeSet) reply.header('set-cookie', sessions.toCookie(request, { visitorId, name }))
    return { visitorId, name }
  }

  return async (app) => {
    app.get(
      '',
      { schema: { response: { 200: SessionAnswer } }, exposeHeadRoute: false },
      // It may set a cookie, so a page of another site has no business here.
      async (request, reply) => {
        const brought = sessions.admit(request)
        return answer(request, reply, brought ?? sessions.start(), brought?.isDue ?? true)
      },
    )

    app.put(
      '',
      { schema: { body: SessionChanges, response: { 200: SessionAnswer } }, preValidation: trimName },
      async (request, reply) => {
        const { visitorId } = sessions.read(request) ?? sessions.start()
        return answer(request, reply, { visitorId, name: request.body.name }, true)
      },
    )

    app.delete('', { schema: { response: { 204: Type.Null() } } }, async (request, reply) => {
      reply.header('set-cookie', sessions.toNoCookie(request))
      return reply.code(204).send(null)
    })
  }
}

/** Before its length is checked. */
async function trimName({ body }: { body: unknown }): Promise<void> {
  const session = body as { name?: unknown } | null | undefined
  if (typeof session?.name === 'string') session.name = session.name.trim()
}
