import { nonEmptyString } from '@breakwater/core'

/** What Prometheus' text format takes, without the `:` that is kept for recording rules. */
const METRIC_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/
const LABEL_NAME = /^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/
/** Written by the exposition itself. */
const RESERVED: readonly string[] = ['le', 'quantile']

/**
 * Checks the name of a metric.
 *
 * @param option How the caller calls it.
 * @param name What was given.
 * @returns The name.
 * @throws {TypeError} If Prometheus would refuse it.
 */
export function metricName(option: string, name: string): string {
  if (METRIC_NAME.test(nonEmptyString(option, name))) return name
  throw new TypeError(
    `Expected \`${option}\` to be letters, digits and "_", not beginning with a digit, got ${shown(name)}`,
  )
}

/**
 * Checks the name of a label.
 *
 * @param option How the caller calls it.
 * @param name What was given.
 * @returns The name.
 * @throws {TypeError} If Prometheus would refuse it, or gives it a meaning of its own.
 */
export function labelName(option: string, name: string): string {
  if (!LABEL_NAME.test(nonEmptyString(option, name)))
    throw new TypeError(
      `Expected \`${option}\` to be letters, digits and "_", not beginning with a digit or "__", got ${shown(name)}`,
    )
  if (RESERVED.includes(name))
    throw new TypeError(`Expected \`${option}\` to be no name that Prometheus itself uses, got ${shown(name)}`)
  return name
}

/** Ends of the lines of counters and histograms: a family of such a name would be taken for one. */
const TAKEN_ENDS = /_(total|bucket|sum|count|created)$/

/**
 * Checks the name of a family of a kind.
 *
 * @param option How the caller calls it.
 * @param name What was given.
 * @param type What it is to be.
 * @returns The name.
 * @throws {TypeError} If Prometheus would refuse it, or take it for something else.
 */
export function familyName(option: string, name: string, type: 'counter' | 'gauge' | 'histogram'): string {
  metricName(option, name)
  if (type === 'counter') {
    if (!name.endsWith('_total'))
      throw new TypeError(`Expected \`${option}\` to end in "_total", as a counter's name does, got ${shown(name)}`)
  } else if (TAKEN_ENDS.test(name))
    throw new TypeError(
      `Expected \`${option}\` not to end in "${TAKEN_ENDS.exec(name)?.[0]}", as that is not a ${type}'s, got ${shown(name)}`,
    )
  return name
}

/** Quoted, and short: names can be anybody's. */
export function shown(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text)
}
