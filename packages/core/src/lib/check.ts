/**
 * Checks an option that counts something there must be at least one of.
 *
 * @param name The option, as the caller wrote it.
 * @param value What was given.
 * @returns The value.
 * @throws {TypeError} If it is no number.
 * @throws {RangeError} If it is not an integer of at least 1.
 */
export function positiveInteger(name: string, value: number): number {
  return number(name, value, 'a positive integer', Number.isSafeInteger(value) && value >= 1)
}

/**
 * Checks an option that counts something there may be none of.
 *
 * @param name The option, as the caller wrote it.
 * @param value What was given.
 * @returns The value.
 * @throws {TypeError} If it is no number.
 * @throws {RangeError} If it is not an integer of at least 0.
 */
export function nonNegativeInteger(name: string, value: number): number {
  return number(name, value, 'an integer of at least 0', Number.isSafeInteger(value) && value >= 0)
}

/**
 * Checks a duration. Delays over 2^31-1 ms, which Node's own timers cut to 1 ms, are fine here: see `Clock.after`.
 *
 * @param name The option, as the caller wrote it.
 * @param value What was given, in milliseconds.
 * @returns The value.
 * @throws {TypeError} If it is no number.
 * @throws {RangeError} If it is negative or not finite.
 */
export function milliseconds(name: string, value: number): number {
  return number(name, value, 'a number of milliseconds of at least 0', Number.isFinite(value) && value >= 0)
}

/**
 * Checks a duration that must not be zero.
 *
 * @param name The option, as the caller wrote it.
 * @param value What was given, in milliseconds.
 * @returns The value.
 * @throws {TypeError} If it is no number.
 * @throws {RangeError} If it is zero, negative or not finite.
 */
export function positiveMilliseconds(name: string, value: number): number {
  return number(name, value, 'a number of milliseconds over 0', Number.isFinite(value) && value > 0)
}

/**
 * Checks a share of a whole.
 *
 * @param name The option, as the caller wrote it.
 * @param value What was given.
 * @returns The value.
 * @throws {TypeError} If it is no number.
 * @throws {RangeError} If it is not between 0 and 1, both included.
 */
export function ratio(name: string, value: number): number {
  return number(name, value, 'a ratio between 0 and 1', Number.isFinite(value) && value >= 0 && value <= 1)
}

/**
 * Checks a number over zero that need not be whole, such as a factor or a rate.
 *
 * @param name The option, as the caller wrote it.
 * @param value What was given.
 * @returns The value.
 * @throws {TypeError} If it is no number.
 * @throws {RangeError} If it is not over 0, or not finite.
 */
export function positiveNumber(name: string, value: number): number {
  return number(name, value, 'a number over 0', Number.isFinite(value) && value > 0)
}

/**
 * Checks a name or another text that must not be empty.
 *
 * @param name The option, as the caller wrote it.
 * @param value What was given.
 * @returns The value.
 * @throws {TypeError} If it is no string, or an empty one.
 */
export function nonEmptyString(name: string, value: string): string {
  if (typeof value === 'string' && value !== '') return value
  throw new TypeError(expected(name, 'a string that is not empty', value))
}

/**
 * Checks a choice.
 *
 * @param name The option, as the caller wrote it.
 * @param value What was given.
 * @param choices What may be given.
 * @returns The value.
 * @throws {TypeError} If it is none of them.
 */
export function oneOf<choice extends string>(name: string, value: choice, choices: readonly choice[]): choice {
  if (choices.includes(value)) return value
  throw new TypeError(expected(name, `one of ${choices.map((choice) => `"${choice}"`).join(', ')}`, value))
}

/**
 * Checks an option that is to be called.
 *
 * @param name The option, as the caller wrote it.
 * @param value What was given.
 * @returns The value.
 * @throws {TypeError} If it cannot be called.
 */
export function callable<fn extends (...args: never[]) => unknown>(name: string, value: fn): fn {
  if (typeof value !== 'function') throw new TypeError(expected(name, 'a function', value))
  return value
}

function number(name: string, value: number, what: string, isRight: boolean): number {
  if (typeof value !== 'number') throw new TypeError(expected(name, what, value))
  if (!isRight) throw new RangeError(expected(name, what, value))
  return value
}

function expected(name: string, what: string, value: unknown): string {
  return `Expected \`${name}\` to be ${what}, got ${shown(value)}`
}

/** Short and harmless: no object is walked, as it may hold secrets, throw or never end. */
function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value)
  if (typeof value === 'function') return 'a function'
  if (typeof value !== 'object' || value === null) return String(value)
  return Array.isArray(value) ? 'an array' : 'an object'
}
