/*
 * What decides how much a log line costs: most texts hold nothing that a detector could find, and one or two passes of the
 * expressions here tell so. They are written such that the engine can skip from one rare character to the next: a digit among
 * the alternatives of the first would make it several times slower, as would `\d{4}` instead of four of them in the second.
 */

/** Times of day have colons, too: those that a date or a space precedes are none of interest. */
const COLON = String.raw`:(?!\d)|:(?<!(?:^|[T :\[])\d\d:)`
const ANY = new RegExp(String.raw`[=<%]|${COLON}|,(?<=["'\`],)|J(?<=eyJ)|--|[bB][eEaA][aAsS][rRiI]`)
const DIGITS = /\d\d\d\d[ -]?\d\d\d\d/
/** At the beginning of a word, or behind an escape: most of what has so many digits is an id. No card's number begins with 1, as times do. */
const MANY_DIGITS = /(?:(?<!\w)|(?<=\\[nrt]|%[2-7][\dA-Fa-f]))[2-68](?:[ -]?\d){12}/

/** Begins what a URL's user and password stand in. */
export const LOCATED: RegExp = /:\\{0,15}\/\\{0,15}\//
/** The at of a URL within a URL. */
export const ENCODED_AT: RegExp = /%40/
/** What stands between a name and its value. */
export const NAMED: RegExp = new RegExp(String.raw`[=<]|%(?:25){0,3}3[AaDd]|(?!:\/\/)(?:${COLON})|,(?<=["'\`],)|--`)
/** `bear` and `basi`, of any case, and some that do not exist. */
export const SCHEME: RegExp = /[bB][eEaA][aAsS][rRiI]/
/** The beginning of a JSON web token. */
export const ENCODED: RegExp = /J(?<=eyJ)/
/** The first line of a private key. */
export const BLOCK: RegExp = /--(?: |%20|\+)?BEGIN/

/**
 * Tells whether any detector could find anything.
 *
 * @param text Any text.
 * @returns `false` for ordinary text, which costs nothing more.
 */
export function isSuspicious(text: string): boolean {
  return ANY.test(text) || hasDigits(text)
}

/** Whether there could be the number of a card. */
export function hasDigits(text: string): boolean {
  return text.length > 12 && DIGITS.test(text) && MANY_DIGITS.test(text)
}
