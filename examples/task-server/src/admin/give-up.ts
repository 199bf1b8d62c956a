import type { FastifyReply } from 'fastify'

/**
 * Makes a signal that aborts when a client goes away, when it was answered, or when it took too long: with a `TimeoutError` then.
 *
 * @param reply The answer.
 * @param limitMs How long it may take.
 */
export function giveUpAfter(reply: FastifyReply, limitMs: number): AbortSignal {
  const gone = new AbortController()
  reply.raw.once('close', () => gone.abort())
  return AbortSignal.any([gone.signal, AbortSignal.timeout(limitMs)])
}

/**
 * Whether it took too long.
 *
 * @param signal As of {@link giveUpAfter}.
 */
export function isTooLate({ aborted, reason }: AbortSignal): boolean {
  return aborted && (reason as Error).name === 'TimeoutError'
}
