import { nonNegativeInteger } from '@breakwater/core'
import type { CheckResult } from '../check/options.ts'
import { type HealthStatus, STATUSES } from '../report.ts'
import { type ReadyCheck, shownUrl, toUrl } from './ready-check.ts'

/** Options of {@link remoteCheck}. */
export interface RemoteCheckOptions {
  /**
   * Headers of the request, such as a token for its details.
   *
   * @defaultValue none
   */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /**
   * The longest answer that is read.
   *
   * @defaultValue `65_536`, our choice
   */
  readonly maxBytes?: number | undefined
}

/**
 * Makes a check of another service's health, of `summary`, `detailed` or any endpoint of this package. It is what that one is; its
 * components are told as data.
 *
 * @param url Where the other service answers, such as `http://orders:3000/health`.
 * @param options What is sent, and how much is read.
 * @throws {TypeError | RangeError} If the URL or an option is wrong.
 */
export function remoteCheck(
  url: string | URL,
  { headers = {}, maxBytes = 65_536 }: RemoteCheckOptions = {},
): ReadyCheck {
  const target = toUrl(url)
  nonNegativeInteger('maxBytes', maxBytes)
  return async ({ signal }): Promise<CheckResult> => {
    const response = await fetch(target, { headers: { accept: 'application/json', ...headers }, signal })
    const said = parse(await readSome(response, maxBytes))
    if (said === undefined)
      return { status: 'unhealthy', cause: `${shownUrl(target)} answered ${response.status} without a status` }
    const data = said.components === undefined ? undefined : { components: said.components }
    const cause = said.status === 'healthy' ? undefined : `${shownUrl(target)} is ${said.status}`
    return { status: said.status, data, cause }
  }
}

interface Said {
  readonly status: HealthStatus
  /** Status by name. */
  readonly components: Readonly<Record<string, unknown>> | undefined
}

/** Its status, if it says one. */
function parse(text: string | undefined): Said | undefined {
  try {
    const { status, components, checks } = JSON.parse(text ?? '')
    if (!STATUSES.includes(status)) return undefined
    return { status, components: components ?? statusesOf(checks) }
  } catch {
    return undefined
  }
}

function statusesOf(checks: unknown): Said['components'] {
  if (typeof checks !== 'object' || checks === null) return undefined
  return Object.fromEntries(
    Object.entries(checks).map(([name, check]) => [name, (check as { status?: unknown } | null)?.status]),
  )
}

/** Nothing if it is too long. */
async function readSome({ body }: Response, maxBytes: number): Promise<string | undefined> {
  const pieces: Uint8Array[] = []
  let bytes = 0
  // Leaving early cancels the rest.
  for await (const piece of body ?? []) {
    bytes += piece.byteLength
    if (bytes > maxBytes) return undefined
    pieces.push(piece)
  }
  return Buffer.concat(pieces).toString('utf8')
}
