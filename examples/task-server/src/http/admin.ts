import { createHash, timingSafeEqual } from 'node:crypto'
import type { HttpEndpoint, HttpExchange } from '@breakwater/core'

/** Thrown when somebody else asks for what is for administrators. */
class NotAdministratorError extends Error {
  override readonly name: 'NotAdministratorError' = 'NotAdministratorError'
  readonly code: 'ERR_NOT_ADMINISTRATOR' = 'ERR_NOT_ADMINISTRATOR'
}

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

/**
 * Lets administrators alone ask an endpoint. What it says is kept nowhere.
 *
 * @param token As of {@link createAdminJudge}.
 * @param endpoint What is asked.
 */
export function forAdministrators(token: string | undefined, endpoint: HttpEndpoint): HttpEndpoint {
  const isAdministrator = createAdminJudge(token)
  return (exchange) => {
    exchange.setHeader('cache-control', 'no-store')
    if (isAdministrator(exchange)) return endpoint(exchange)
    exchange.setHeader('www-authenticate', 'Bearer')
    throw new NotAdministratorError('Expected `Authorization: Bearer` with the ADMIN_TOKEN of this server')
  }
}

/** Of one length, whatever it is of: how long a comparison takes tells nothing. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
