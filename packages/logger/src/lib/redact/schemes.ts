import { Buffer } from 'node:buffer'
import { Edits, type TextDetector } from './edits.ts'
import { SCHEME } from './trigger.ts'

const BEARER = /bearer(?:[ \t]|%20|\+){1,8}([\w.~+/=%-]+)/gi
const BASIC = /basic(?:[ \t]|%20|\+){1,8}([\w+/=%-]{4,})/gi
const PLAIN_WORDS = /^[A-Za-z]?[a-z]{0,17}(?:[-/][a-z]{1,17}){0,3}$/

/** Credentials after `Bearer`, wherever they stand. */
export const bearer: TextDetector = {
  name: 'bearer',
  trigger: SCHEME,
  find: (text) => hide(text, BEARER, (token, start, end) => !isProse(token) || isAlone(text, start, end)),
}

/** Credentials after `Basic`: what decodes to a name and a password. */
export const basic: TextDetector = {
  name: 'basic',
  trigger: SCHEME,
  find: (text) => hide(text, BASIC, isNameAndPassword),
}

function hide(text: string, pattern: RegExp, isSecret: (token: string, start: number, end: number) => boolean): Edits {
  const edits = new Edits(text)
  pattern.lastIndex = 0
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    const token = match[1] ?? ''
    const end = pattern.lastIndex
    if (isSecret(token, match.index, end)) edits.replace(end - token.length, end, '[redacted]')
  }
  return edits
}

/** "A bearer of good news" names no token, nor does `Bearer realm="api"`. */
function isProse(token: string): boolean {
  let end = token.length
  while (end > 0 && '.=-/+%~'.includes(token.charAt(end - 1))) end--
  return PLAIN_WORDS.test(token.slice(0, end))
}

/** Nothing but a header's value is no prose: `'Bearer hunter'`. */
function isAlone(text: string, start: number, end: number): boolean {
  if (text[end - 1] === '=') return false
  const before = text[start - 1]
  const after = text[end] === '\\' ? text.slice(end).match(/^\\{1,15}(["'`])/)?.[1] : text[end]
  if (before === undefined) return after === undefined
  return '"\'`'.includes(before) && before === after
}

function isNameAndPassword(token: string): boolean {
  const decoded = Buffer.from(token.replace(/(?:%3D)+$/i, ''), 'base64').toString()
  // biome-ignore lint/suspicious/noControlCharactersInRegex: names and passwords have no control characters
  return decoded.includes(':') && !/[\u0000-\u001f\u007f\ufffd]/.test(decoded)
}
