import type { IncomingHttpHeaders } from 'node:http'

/** As much of a request as tells who sent it, and from where. Fastify's requests are such, those that become a WebSocket as well. */
export interface VisitorRequest {
  readonly headers: IncomingHttpHeaders
  /** `https` or `http`, as a trusted proxy says. */
  readonly protocol: string
  /** What it was sent to, with its port, as a trusted proxy says. */
  readonly host: string
}

/** Thrown when a browser sends a request for a page of another site. Nothing was done. */
export class CrossSiteError extends Error {
  override readonly name: 'CrossSiteError' = 'CrossSiteError'
  readonly code: 'ERR_CROSS_SITE' = 'ERR_CROSS_SITE'
}

/** Options of {@link createOriginCheck}. */
export interface OriginOptions {
  /** Origins whose pages may send requests that change something. */
  readonly origins: readonly string[]
  /**
   * Whether these are all. Else the origin that a request was sent to is one, too. Strict, it is safe from a name that somebody else
   * lets point to this machine.
   */
  readonly isStrict: boolean
}

/** What a browser tells of an address somebody typed, or of a page of the same origin. */
const OWN_SITES: readonly unknown[] = ['same-origin', 'none']
const MAX_SHOWN = 100
const SESSION_COOKIE = /(?:^|;\s*)(?:__Host-)?session=/

/**
 * Makes what tells whether a request may change something. Browsers say which page sends one, in `Origin` or `Sec-Fetch-Site`;
 * other programs say nothing, and may, as long as they bring no session, which is what a page of another site would be after.
 *
 * @param options Whose pages may.
 * @returns A function that throws a {@link CrossSiteError} of a request that may not.
 */
export function createOriginCheck({ origins, isStrict }: OriginOptions): (request: VisitorRequest) => void {
  return ({ headers, protocol, host }) => {
    const { origin, cookie = '', 'sec-fetch-site': site } = headers
    if (origin !== undefined) {
      if (origins.includes(origin) || (!isStrict && origin === `${protocol}://${host}`)) return
      throw new CrossSiteError(`Cannot accept this from ${origin.slice(0, MAX_SHOWN)}: it is not in CORS_ORIGIN`)
    }
    if (OWN_SITES.includes(site)) return
    if (site !== undefined) throw new CrossSiteError('Cannot accept this from another site, as Sec-Fetch-Site says')
    if (SESSION_COOKIE.test(cookie))
      throw new CrossSiteError(
        'Cannot accept this with a session, but without Origin or Sec-Fetch-Site: send one of them',
      )
  }
}
