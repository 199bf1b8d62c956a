import type { Format } from './format.ts'
import { OPENMETRICS } from './openmetrics.ts'
import { TEXT } from './text.ts'

/** What of a header is read. Longer ones are nobody's but an attacker's. */
const MAX_CHARACTERS = 2_000
const QUALITY = /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/

/** One member of an `Accept` or `Accept-Encoding` header. */
interface Choice {
  /** In lower case. */
  readonly value: string
  readonly parameters: ReadonlyMap<string, string>
  /** From 0, not at all, to 1. */
  readonly quality: number
}

/** What each format is called, and in which versions. Text comes first: it is given where both are as welcome. */
const OFFERS = [
  { format: TEXT, type: 'text/plain', version: '0.0.4' },
  { format: OPENMETRICS, type: 'application/openmetrics-text', version: '1.0.0' },
]

/**
 * Chooses the format that a client likes best. Who accepts neither gets text: a scrape is worth more than a refusal.
 *
 * @param accept The request's `Accept`.
 */
export function chooseFormat(accept: string | undefined): Format {
  const choices = parse(accept)
  let best = TEXT
  let bestQuality = 0
  for (const { format, type, version } of OFFERS) {
    const quality = qualityOf(choices, type, version)
    if (quality <= bestQuality) continue
    best = format
    bestQuality = quality
  }
  return best
}

/**
 * Whether a client would rather have it compressed.
 *
 * @param acceptEncoding The request's `Accept-Encoding`.
 */
export function wantsGzip(acceptEncoding: string | undefined): boolean {
  const choices = parse(acceptEncoding)
  const of = (...names: string[]): number | undefined => choices.find(({ value }) => names.includes(value))?.quality
  const gzip = of('gzip', 'x-gzip') ?? of('*') ?? 0
  return gzip > 0 && gzip >= (of('identity') ?? 0)
}

/** That of the most specific range that fits. */
function qualityOf(choices: readonly Choice[], type: string, version: string): number {
  let quality = 0
  let specificity = -1
  for (const { value, parameters, quality: given } of choices) {
    const asked = parameters.get('version')
    const rank =
      value === type
        ? asked === undefined
          ? 2
          : 3
        : value === `${type.split('/')[0]}/*`
          ? 1
          : value === '*/*'
            ? 0
            : -1
    if (rank < 0 || (asked !== undefined && asked !== version)) continue
    if (rank < specificity || (rank === specificity && given <= quality)) continue
    specificity = rank
    quality = given
  }
  return quality
}

function parse(header: string | undefined): readonly Choice[] {
  if (header === undefined) return []
  return header
    .slice(0, MAX_CHARACTERS)
    .split(',')
    .flatMap((member) => {
      const [value = '', ...rest] = member.split(';').map((part) => part.trim().toLowerCase())
      const parameters = new Map(rest.map((part) => [part.split('=', 1)[0]?.trim() ?? '', textOf(part)]))
      const quality = parameters.get('q') ?? '1'
      return value === '' || !QUALITY.test(quality) ? [] : [{ value, parameters, quality: Number(quality) }]
    })
}

function textOf(parameter: string): string {
  const text = parameter.slice(parameter.indexOf('=') + 1).trim()
  return text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1) : text
}
