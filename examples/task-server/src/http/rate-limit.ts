import rateLimit from '@fastify/rate-limit'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { toNetwork } from './address.ts'
import type { RateCounter } from './rate-counter.ts'

/** Thrown when more comes from one address than may. Nothing was done. */
class RateLimitError extends Error {
  override readonly name: 'RateLimitError' = 'RateLimitError'
  readonly code: 'ERR_RATE_LIMIT' = 'ERR_RATE_LIMIT'
  /** Milliseconds until it may come again. */
  readonly retryAfterMs: number

  /**
   * @param what How many of what there may be.
   * @param retryAfterMs When it may come again.
   */
  constructor(what: string, retryAfterMs: number) {
    super(`Cannot take more than ${what} a minute from one address: come again in ${Math.ceil(retryAfterMs / 1_000)} s`)
    this.retryAfterMs = retryAfterMs
  }
}

/** Options of {@link limitRequests}. */
export interface RequestLimitOptions {
  /** How many requests a minute are taken from one address. */
  readonly limit: number
  /** Counts them. */
  readonly counter: RateCounter
  /** Whether a request is not counted. */
  isApart(request: FastifyRequest): boolean
}

/**
 * Finds what counts one more of who sent a request: of what comes over the WebSocket that it became.
 *
 * @param request The request. It is not kept.
 * @returns A function that throws if it is one too many.
 */
export type CountMore = (request: FastifyRequest) => () => void

/**
 * Refuses requests beyond a limit. The answer says how many there may be, and when to come again; others do not, as they may be kept
 * for somebody else.
 *
 * @param app The server.
 * @param options How many there may be.
 */
export async function limitRequests(
  app: FastifyInstance,
  { limit, counter, isApart }: RequestLimitOptions,
): Promise<CountMore> {
  class Store {
    incr(key: string, done: (error: null, result: { current: number; ttl: number }) => void): void {
      const { count, resetMs } = counter.take(key)
      done(null, { current: count, ttl: resetMs })
    }
    child(): Store {
      return this
    }
  }
  await app.register(rateLimit, {
    // Also of paths where nothing is, which have no route.
    global: false,
    max: limit,
    store: Store,
    keyGenerator: ({ ip }) => toNetwork(ip),
    allowList: isApart,
    enableDraftSpec: true,
    addHeadersOnExceeding: { 'ratelimit-limit': false, 'ratelimit-remaining': false, 'ratelimit-reset': false },
    errorResponseBuilder: (_request, { ttl }) => refuse(ttl),
  })
  app.addHook('onRequest', app.rateLimit())

  function refuse(resetMs: number): RateLimitError {
    return new RateLimitError(`${limit} requests`, resetMs)
  }

  return (request) => {
    if (isApart(request)) return () => {}
    const key = toNetwork(request.ip)
    return () => {
      const { count, resetMs } = counter.take(key)
      if (count > limit) throw refuse(resetMs)
    }
  }
}

/** Options of {@link createGuessLimit}. */
export interface GuessLimitOptions {
  /** How many wrong tokens a minute are taken from one address. */
  readonly limit: number
  /** Counts them. */
  readonly counter: RateCounter
  /** Whether a request brings the right one. */
  isAdministrator(request: FastifyRequest): boolean
}

/**
 * Makes what keeps somebody from guessing the administrators' token. Beyond the limit the right one is refused as well: else a guess
 * would still be answered.
 *
 * @param options How many wrong ones there may be.
 * @returns A function that throws of a request with a token that is not looked at any more. Those without one have no part in it.
 */
export function createGuessLimit({
  limit,
  counter,
  isAdministrator,
}: GuessLimitOptions): (request: FastifyRequest) => void {
  return (request) => {
    const { authorization } = request.headers
    if (authorization === undefined || !/^bearer\s/i.test(authorization)) return
    const key = toNetwork(request.ip)
    const { count, resetMs } = counter.read(key)
    if (count >= limit) throw new RateLimitError(`${limit} wrong tokens`, resetMs)
    if (!isAdministrator(request)) counter.take(key)
  }
}
