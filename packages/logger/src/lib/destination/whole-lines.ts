import { NEWLINE } from './outlet.ts'

/**
 * Makes whole lines of whatever a destination is given.
 *
 * @param lines Whole lines already, as a rule.
 */
export function toWholeLines(lines: unknown): string {
  return isWhole(lines) ? lines : toLines(lines)
}

/** As they all should be. */
function isWhole(lines: unknown): lines is string {
  return typeof lines === 'string' && lines.charCodeAt(lines.length - 1) === NEWLINE
}

/** Whatever it is given becomes whole lines. */
function toLines(lines: unknown): string {
  let text = ''
  try {
    text = typeof lines === 'string' ? lines : String(lines)
  } catch {
    // It has no text.
  }
  return text === '' || text.endsWith('\n') ? text : `${text}\n`
}
