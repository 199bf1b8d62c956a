import { createHash, timingSafeEqual } from 'node:crypto'
import type { HttpExchange } from '@breakwater/core'

const BEARER = /^bearer +([!-~]+) *$/i

/**
 * Makes what tells an administrator by `Authorization: Bearer <token>`.
 *
 * @param token What an administrator knows. Without one, nobody is one.
 */
export function createAdminJudge(token: string | undefined): (exchange: Pick<HttpExchange, 'header'>) => boolean {
  if (token === undefined) return () => false
  const expected = digest(token)
  return (exchange) => {
    const [, given] = BEARER.exec(exchange.header('authorization') ?? '') ?? []
    return given !== undefined && timingSafeEqual(digest(given), expected)
  }
}

/** Of one length, whatever it is of: how long a comparison takes tells nothing. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
