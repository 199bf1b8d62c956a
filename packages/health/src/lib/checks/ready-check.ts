import type { CheckContext, CheckResult } from '../check/options.ts'

/**
 * A check that is ready made: hand it to `health.add`.
 *
 * @param context What it is told.
 * @returns How it is. Rejects if it cannot be asked.
 */
export type ReadyCheck = (context: Pick<CheckContext, 'signal'>) => Promise<CheckResult>

/**
 * Checks a URL of HTTP.
 *
 * @throws {TypeError} If it is none.
 */
export function toUrl(url: string | URL): URL {
  const parsed = URL.canParse(String(url)) ? new URL(url) : undefined
  if (parsed !== undefined && /^https?:$/.test(parsed.protocol)) return parsed
  // Not as it was given: it may hold a password.
  throw new TypeError(`Expected \`url\` to be a URL of http or https, got ${parsed?.protocol ?? 'something else'}`)
}

/** A URL for errors: without what may be a secret. */
export function shownUrl({ origin, pathname }: URL): string {
  return `${origin}${pathname}`
}
