import { callable } from '@breakwater/core'
import type { CheckResult } from '../check/options.ts'
import { type ReadyCheck, shownUrl, toUrl } from './ready-check.ts'

/** Options of {@link httpCheck}. */
export interface HttpCheckOptions {
  /**
   * Which status is healthy: a number, or a function that says so.
   *
   * @defaultValue 200 to 299
   */
  readonly status?: number | ((status: number) => boolean) | undefined
  /**
   * Method of the request.
   *
   * @defaultValue `'GET'`
   */
  readonly method?: string | undefined
  /**
   * Headers of the request.
   *
   * @defaultValue none
   */
  readonly headers?: Readonly<Record<string, string>> | undefined
}

/**
 * Makes a check that asks a URL. Its body is not read. A redirection is followed.
 *
 * @param url The URL. Its query and its password are never told.
 * @param options What is asked, and what is healthy.
 * @throws {TypeError | RangeError} If the URL or an option is wrong.
 *
 * @example
 * ```ts
 * health.add('payments', httpCheck('https://payments.example/livez'), { critical: false })
 * ```
 */
export function httpCheck(
  url: string | URL,
  { status, method = 'GET', headers = {} }: HttpCheckOptions = {},
): ReadyCheck {
  const target = toUrl(url)
  const isHealthy = toPredicate(status)
  return async ({ signal }): Promise<CheckResult> => {
    const response = await fetch(target, { method, headers: { ...headers }, signal })
    // Else the connection would wait for somebody to read it.
    await response.body?.cancel().catch(() => {})
    const data = { status: response.status }
    if (isHealthy(response.status)) return { status: 'healthy', data }
    return { status: 'unhealthy', data, cause: `${shownUrl(target)} answered ${response.status}` }
  }
}

function toPredicate(status: HttpCheckOptions['status']): (status: number) => boolean {
  if (status === undefined) return (is) => is >= 200 && is <= 299
  if (typeof status !== 'number') return callable('status', status)
  if (Number.isInteger(status) && status >= 100 && status <= 599) return (is) => is === status
  throw new RangeError(`Expected \`status\` to be a status of HTTP or a function, got ${status}`)
}
