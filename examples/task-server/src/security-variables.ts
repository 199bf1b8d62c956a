import { isIP } from 'node:net'

const HTTPS_RULES = ['redirect', 'refuse'] as const
/** Names of `proxy-addr` for ranges of addresses. */
const RANGES: readonly string[] = ['loopback', 'linklocal', 'uniquelocal']
const MIN_SECRET_LENGTH = 32
const DEFAULT_ORIGIN = 'http://localhost:3000'

/** What the server was told about whom to trust, and how far. */
export interface Security {
  /**
   * What signs sessions, first the one that does so now, then those that did before: `SESSION_SECRET`, with commas in between. Never
   * shown.
   *
   * @defaultValue none: one is made up. Required in production
   */
  readonly sessionSecrets: readonly string[]
  /**
   * Origins whose pages may use the server, its own among them: `CORS_ORIGIN`, with commas in between.
   *
   * @defaultValue `http://localhost:3000`. Required in production
   */
  readonly corsOrigins: readonly string[]
  /**
   * Addresses of proxies that are believed who a request is from, and how it came: `TRUST_PROXY`, with commas in between.
   *
   * @defaultValue none: `X-Forwarded-For` and the like mean nothing
   */
  readonly trustedProxies: readonly string[]
  /**
   * What becomes of a request that did not come to the proxy by HTTPS: `REQUIRE_HTTPS`.
   *
   * @defaultValue none: it is answered like any other
   */
  readonly requireHttps: (typeof HTTPS_RULES)[number] | undefined
  /**
   * How many requests a minute are taken from one address: `RATE_LIMIT`.
   *
   * @defaultValue 60,000, and in production 6,000
   */
  readonly rateLimit: number
  /**
   * How many wrong tokens a minute are taken from one address: `ADMIN_RATE_LIMIT`.
   *
   * @defaultValue 10
   */
  readonly adminRateLimit: number
}

/** Reads one variable, or notes what is wrong with it, and shows it. */
export type ReadVariable = <value>(
  name: string,
  fallback: value,
  expected: string,
  parse: (text: string) => value | undefined,
) => value

/**
 * Reads the variables that say whom to trust.
 *
 * @param variables Such as `process.env`.
 * @param isProduction Whether what has no safe default is required.
 * @param read Reads those that are no secret.
 * @param problems Where a line goes for each that is wrong otherwise.
 */
export function readSecurity(
  variables: Readonly<Record<string, string | undefined>>,
  isProduction: boolean,
  read: ReadVariable,
  problems: string[],
): Security {
  const { SESSION_SECRET, CORS_ORIGIN } = variables
  const sessionSecrets = SESSION_SECRET?.split(',') ?? []
  if (sessionSecrets.some((secret) => secret.length < MIN_SECRET_LENGTH)) {
    problems.push(
      `Expected SESSION_SECRET to be at least ${MIN_SECRET_LENGTH} characters, or several such with commas in between`,
    )
  }
  const originText = 'origins like https://tasks.example, without a path, with commas in between'
  const corsOrigins = read('CORS_ORIGIN', [DEFAULT_ORIGIN], originText, (text) => toList(text, isOrigin))
  if (isProduction && SESSION_SECRET === undefined)
    problems.push(`Expected SESSION_SECRET to be set in production: at least ${MIN_SECRET_LENGTH} characters`)
  if (isProduction && CORS_ORIGIN === undefined)
    problems.push(`Expected CORS_ORIGIN to be set in production: ${originText}`)
  const trustedProxies = read<readonly string[]>(
    'TRUST_PROXY',
    [],
    `addresses like 10.0.0.0/8, or ${RANGES.join(', ')}, with commas in between`,
    (text) => toList(text, isAddress),
  )
  const requireHttps = read<Security['requireHttps']>(
    'REQUIRE_HTTPS',
    undefined,
    `one of ${HTTPS_RULES.join(', ')}`,
    (text) => HTTPS_RULES.find((rule) => rule === text),
  )
  // This server speaks HTTP: that there was HTTPS before it, only a proxy can say.
  if (requireHttps !== undefined && variables.TRUST_PROXY === undefined)
    problems.push('Expected TRUST_PROXY to be set with REQUIRE_HTTPS: who else can tell that a request came by HTTPS?')
  return {
    sessionSecrets,
    corsOrigins,
    trustedProxies,
    requireHttps,
    rateLimit: read('RATE_LIMIT', isProduction ? 6_000 : 60_000, 'an integer from 1 to 100000000', toLimit),
    adminRateLimit: read('ADMIN_RATE_LIMIT', 10, 'an integer from 1 to 100000000', toLimit),
  }
}

function toList(text: string, isRight: (item: string) => boolean): readonly string[] | undefined {
  const items = text.split(',').map((item) => item.trim())
  return items.every(isRight) ? items : undefined
}

function isOrigin(text: string): boolean {
  const url = URL.parse(text)
  return url !== null && /^https?:$/.test(url.protocol) && url.origin === text
}

function isAddress(text: string): boolean {
  if (RANGES.includes(text)) return true
  const [address = '', bits, ...more] = text.split('/')
  const version = isIP(address)
  if (version === 0 || more.length > 0) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128))
}

function toLimit(text: string): number | undefined {
  return /^[1-9]\d{0,8}$/.test(text) && Number(text) <= 100_000_000 ? Number(text) : undefined
}
