import type { Exemplar } from '../series/family.ts'
import { escapeLabelValue } from '../series/label-set.ts'
import { type FamilyHead, type Format, toText } from './format.ts'

/** Base units that a name ends in. */
const UNIT = /_(seconds|bytes|ratio|meters|volts|amperes|joules|grams|celsius)$/
/** Some clients add one of their own to a name that has it already. */
const TOTALS = /(_total)+$/
/** OpenMetrics' limit for names and values of an exemplar's labels together. */
const MAX_EXEMPLAR_CHARACTERS = 128

/**
 * OpenMetrics 1.0: what has exemplars.
 *
 * @see https://github.com/prometheus/OpenMetrics/blob/v1.0.0/specification/OpenMetrics.md
 */
export const OPENMETRICS: Format = {
  contentType: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
  familyName,
  sampleName: (family) => (family.type === 'counter' ? `${familyName(family)}_total` : family.name),
  head(family) {
    const name = familyName(family)
    const type = `# TYPE ${name} ${family.type === 'untyped' ? 'unknown' : family.type}\n`
    return `${type}${unitLine(name)}${family.help === '' ? '' : `# HELP ${name} ${escapeLabelValue(family.help)}\n`}`
  },
  bound: toCanonical,
  exemplars: true,
  end: '# EOF\n',
}

/** The name without what only a counter's lines end in. */
function familyName({ name, type }: FamilyHead): string {
  return type === 'counter' ? name.replace(TOTALS, '') : name
}

/**
 * The line that names a family's unit, if its name ends in one.
 *
 * @param name As in `TYPE`.
 */
export function unitLine(name: string): string {
  const unit = UNIT.exec(name)?.[1]
  return unit === undefined ? '' : `# UNIT ${name} ${unit}\n`
}

/**
 * What follows a bucket's or a counter's value.
 *
 * @param exemplar What to write.
 * @returns Nothing if its labels are longer than OpenMetrics allows, or one of its numbers is none.
 */
export function exemplarText({ labels, value, timestampMs }: Exemplar): string {
  let characters = 0
  const parts: string[] = []
  for (const [name, text] of Object.entries(labels)) {
    characters += lengthOf(name) + lengthOf(text)
    parts.push(`${name}="${escapeLabelValue(text)}"`)
  }
  if (characters > MAX_EXEMPLAR_CHARACTERS || !Number.isFinite(value)) return ''
  const stamp = Number.isFinite(timestampMs) ? ` ${(timestampMs / 1_000).toFixed(3)}` : ''
  return ` # {${parts.join(',')}} ${toText(value)}${stamp}`
}

/** Characters, not halves of them. */
function lengthOf(text: string): number {
  let length = 0
  for (const _ of text) length++
  return length
}

/** As the specification writes bounds, so that a number is the same text whoever writes it: `1.0`, `1e+06`, `1e-05`. */
function toCanonical(bound: number): string {
  const magnitude = Math.abs(bound)
  if (magnitude !== 0 && (magnitude < 1e-4 || magnitude >= 1e6) && Number.isFinite(bound))
    return bound.toExponential().replace(/e([+-])(\d)$/, 'e$10$2')
  const text = toText(bound)
  return Number.isInteger(bound) ? `${text}.0` : text
}
