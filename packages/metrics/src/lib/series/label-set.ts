import { labelName } from './names.ts'

/** Labels that were checked once, and rendered once. */
export interface LabelSet {
  /** Values by name. */
  readonly labels: Readonly<Record<string, string>>
  /** `method="GET",route="/x"`, escaped, without braces; nothing if there are none. */
  readonly text: string
}

/** Of series that have no labels. */
export const NO_LABELS: LabelSet = { labels: Object.freeze({}), text: '' }

/**
 * Checks and renders labels, in the order that they are given in.
 *
 * @param labels Values by name. Numbers and booleans are written as such.
 * @throws {TypeError} If Prometheus would refuse a name, or a value is no text.
 */
export function createLabelSet(labels: Readonly<Record<string, string>>): LabelSet {
  const names = Object.keys(labels)
  if (names.length === 0) return NO_LABELS
  const checked: Record<string, string> = {}
  const parts = names.map((name) => {
    labelName('labels', name)
    const value = labelValue(name, labels[name])
    checked[name] = value
    return `${name}="${escapeLabelValue(value)}"`
  })
  return { labels: Object.freeze(checked), text: parts.join(',') }
}

/** What must be escaped between quotes, in both text formats. */
const SPECIAL = /[\\"\n]/
const EVERY_SPECIAL = /[\\"\n]/g

/**
 * Escapes a label's value as both text formats do.
 *
 * @param value Any text.
 */
export function escapeLabelValue(value: string): string {
  return SPECIAL.test(value) ? value.replace(EVERY_SPECIAL, escapeOne) : value
}

function escapeOne(character: string): string {
  return character === '\n' ? '\\n' : `\\${character}`
}

const LONE_SURROGATES = /\p{Surrogate}/gu

/**
 * Replaces halves of surrogate pairs, which have no UTF-8: two values would reach Prometheus as one.
 *
 * @param text Any text.
 */
export function wellFormed(text: string): string {
  return text.replace(LONE_SURROGATES, '\ufffd')
}

function labelValue(name: string, value: unknown): string {
  switch (typeof value) {
    case 'string':
      return wellFormed(value)
    case 'number':
    case 'boolean':
      return String(value)
    default:
      throw new TypeError(`Expected \`labels.${name}\` to be a string, got ${value === null ? 'null' : typeof value}`)
  }
}
