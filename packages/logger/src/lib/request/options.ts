import { callable, type HttpExchange, milliseconds, positiveInteger, positiveMilliseconds } from '@breakwater/core'

/** When something happens so often that it looks like an attack. */
export interface BurstOptions {
  /**
   * How often, of one client, or of all if `client` does not tell them apart.
   *
   * @defaultValue `20`, our choice: people mistype their password a few times
   */
  readonly count?: number | undefined
  /**
   * Milliseconds in which that counts.
   *
   * @defaultValue `60_000`, our choice
   */
  readonly windowMs?: number | undefined
}

/** What is written about requests. */
export interface RequestOptions {
  /**
   * Milliseconds from where on a request is slow: its line is a warning.
   *
   * @defaultValue `300`, our choice: people notice
   */
  readonly slowMs?: number | undefined
  /**
   * Milliseconds from where on it is so slow that its line is an error.
   *
   * @defaultValue `3_000`, our choice; `slowMs` where that is more
   */
  readonly verySlowMs?: number | undefined
  /**
   * Which requests get no line, such as those of probes: called at their end. Failed and slow ones get theirs anyway.
   *
   * @defaultValue none
   */
  readonly ignore?: ((exchange: HttpExchange) => boolean) | undefined
  /**
   * Who sent a request, such as `(exchange) => exchange.header('x-forwarded-for')` behind a proxy that sets it. Only
   * used to tell bursts of one client from many clients, and written with those.
   *
   * @defaultValue all are taken together
   */
  readonly client?: ((exchange: HttpExchange) => string | undefined) | undefined
  /** From where on refused logins and bad input look like an attack. */
  readonly burst?: BurstOptions | undefined
}

/** {@link RequestOptions} with every default in place. */
export interface ResolvedRequestOptions {
  readonly slowMs: number
  readonly verySlowMs: number
  readonly ignore: ((exchange: HttpExchange) => boolean) | undefined
  readonly client: ((exchange: HttpExchange) => string | undefined) | undefined
  readonly burst: { readonly count: number; readonly windowMs: number }
}

/** @throws {RangeError} If a number is out of its range, or a request is very slow before it is slow. */
export function resolveRequestOptions({
  slowMs = 300,
  verySlowMs = Math.max(3_000, slowMs),
  ignore,
  client,
  burst: { count = 20, windowMs = 60_000 } = {},
}: RequestOptions = {}): ResolvedRequestOptions {
  milliseconds('requests.slowMs', slowMs)
  milliseconds('requests.verySlowMs', verySlowMs)
  if (verySlowMs < slowMs)
    throw new RangeError(
      `Expected \`requests.verySlowMs\` to be at least \`requests.slowMs\`, got ${verySlowMs} and ${slowMs}`,
    )
  return {
    slowMs,
    verySlowMs,
    ignore: ignore === undefined ? undefined : callable('requests.ignore', ignore),
    client: client === undefined ? undefined : callable('requests.client', client),
    burst: {
      count: positiveInteger('requests.burst.count', count),
      windowMs: positiveMilliseconds('requests.burst.windowMs', windowMs),
    },
  }
}
