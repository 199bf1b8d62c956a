import { positiveNumber } from '@breakwater/core'

/**
 * Checks a factor or a size that must not be under 1.
 *
 * @param name The option, as the caller wrote it.
 * @param value What was given.
 * @throws {TypeError | RangeError} If it is.
 */
export function atLeast1(name: string, value: number): number {
  if (positiveNumber(name, value) >= 1) return value
  throw new RangeError(`Expected \`${name}\` to be at least 1, got ${value}`)
}

/**
 * Checks an option that must not be under another one.
 *
 * @param name The option, as the caller wrote it.
 * @param value What was given, a number that is checked already.
 * @param lowerName The other one.
 * @param lower What was given for that.
 * @throws {RangeError} If it is.
 */
export function notUnder(name: string, value: number, lowerName: string, lower: number): number {
  if (value >= lower) return value
  throw new RangeError(`Expected \`${name}\` to be at least \`${lowerName}\`, got ${value} and ${lower}`)
}
