import { nonEmptyString } from '@breakwater/core'

/** Finds secrets of one kind in text. */
export interface Detector {
  /** What it finds, as in `[redacted <name>]` and in metrics. No two may have the same. */
  readonly name: string
  /**
   * Each match is replaced. Needs the `g` flag, must not be sticky, and must not match an empty text. It runs on every
   * text that is written: let it begin with something rare, and keep it from backtracking.
   */
  readonly pattern: RegExp
  /**
   * What stands in place of a match, with `$1` and the like as of `String.prototype.replace`.
   *
   * @defaultValue `[redacted <name>]`
   */
  readonly replacement?: string | undefined
}

/** What counts as a secret, besides what always does. */
export interface RedactOptions {
  /**
   * Further names of secrets. Compared by words, so that `licenceKey` is `LICENCE_KEY` and `x-licence-key`, too.
   *
   * @defaultValue none
   */
  readonly secretNames?: readonly string[] | undefined
  /**
   * Names that look like those of secrets and are none. Compared by words and as a whole: with `token` here,
   * `accessToken` stays a secret. They win over all other names.
   *
   * @defaultValue none
   */
  readonly plainNames?: readonly string[] | undefined
  /**
   * Further detectors for text, which run after the built-in ones, in this order. See `providerTokens`.
   *
   * @defaultValue none
   */
  readonly detectors?: readonly Detector[] | undefined
}

/** {@link Detector} with its default in place and a pattern of its own. */
export interface ResolvedDetector {
  readonly name: string
  readonly pattern: RegExp
  readonly replacement: string
}

/** {@link RedactOptions} with every default in place. */
export interface ResolvedRedactOptions {
  readonly secretNames: readonly string[]
  readonly plainNames: readonly string[]
  readonly detectors: readonly ResolvedDetector[]
}

/**
 * Checks and completes the options.
 *
 * @param options What was given.
 * @param taken Names of detectors that cannot be used again.
 * @throws {TypeError | RangeError} If one of them is wrong, naming it.
 */
export function resolveRedactOptions(
  { secretNames = [], plainNames = [], detectors = [] }: RedactOptions,
  taken: Iterable<string>,
): ResolvedRedactOptions {
  const names = new Set(taken)
  return {
    secretNames: checkNames('redact.secretNames', secretNames),
    plainNames: checkNames('redact.plainNames', plainNames),
    detectors: list('redact.detectors', detectors).map((detector, index) =>
      resolveDetector(`redact.detectors[${index}]`, detector, names),
    ),
  }
}

function checkNames(option: string, names: readonly string[]): readonly string[] {
  for (const [index, name] of list(option, names).entries()) {
    nonEmptyString(`${option}[${index}]`, name)
    if (!/[\p{L}\p{N}]/u.test(name))
      throw new RangeError(`Expected \`${option}[${index}]\` to have a letter or digit, got ${JSON.stringify(name)}`)
  }
  return [...names]
}

function resolveDetector(option: string, detector: Detector, names: Set<string>): ResolvedDetector {
  if (typeof detector !== 'object' || detector === null)
    throw new TypeError(`Expected \`${option}\` to be a detector, got ${detector === null ? 'null' : typeof detector}`)
  const name = nonEmptyString(`${option}.name`, detector.name)
  const { pattern, replacement = `[redacted ${name.replaceAll('$', '$$$$')}]` } = detector
  if (names.has(name)) throw new RangeError(`Expected \`${option}.name\` to be of its own, got "${name}" again`)
  names.add(name)
  if (typeof replacement !== 'string')
    throw new TypeError(`Expected \`${option}.replacement\` to be a string, got ${typeof replacement}`)
  return { name, pattern: checkPattern(`${option}.pattern`, pattern), replacement }
}

/** @returns A copy, because whoever shares a global pattern shares its `lastIndex`. */
function checkPattern(option: string, pattern: RegExp): RegExp {
  if (!(pattern instanceof RegExp))
    throw new TypeError(
      `Expected \`${option}\` to be a regular expression, got ${pattern === null ? 'null' : typeof pattern}`,
    )
  if (!pattern.global) throw new RangeError(`Expected \`${option}\` to have the flag g, got ${String(pattern)}`)
  if (pattern.sticky) throw new RangeError(`Expected \`${option}\` not to have the flag y, got ${String(pattern)}`)
  const own = new RegExp(pattern)
  if (own.test('')) throw new RangeError(`Expected \`${option}\` not to match an empty text, got ${String(pattern)}`)
  return own
}

function list<item>(option: string, items: readonly item[]): readonly item[] {
  if (Array.isArray(items)) return items
  throw new TypeError(`Expected \`${option}\` to be an array, got ${items === null ? 'null' : typeof items}`)
}
