import type { FieldValue } from '../lines/fields.ts'
import { wordsFrom } from '../lines/levels.ts'
import type { ResolvedQuery } from '../query.ts'
import { rareForms, toPattern } from './pattern.ts'

/**
 * What rules lines out before they are parsed. It works on bytes, each taken for a character, and never rules out a
 * line that meets the query.
 */
export interface Prefilter {
  /** A line must have all of them, in any order ... */
  readonly patterns: readonly RegExp[]
  /** ... or one of these texts, which say nothing for or against it. */
  readonly rare: readonly string[]
}

const BLANK = '[ \\t\\r]*'

/** Makes the prefilter of a query. What rules out most comes first. */
export function toPrefilter({ text, fields, level, minRank }: ResolvedQuery): Prefilter {
  const patterns: RegExp[] = []
  const { source } = toPattern(text, true)
  if (source !== '') patterns.push(new RegExp(source, /[a-z]/.test(text) ? 'gi' : 'g'))
  else if (text !== '' && hasCased(text)) patterns.push(/[\x80-\xff]/g)
  for (const [path, value] of fields) {
    const field = fieldSource(path, value)
    if (field !== '') patterns.push(new RegExp(field, 'g'))
  }
  if (level !== undefined) patterns.push(levelPattern(wordsFrom(level), minRank))
  return { patterns, rare: patterns.length === 0 ? [] : rareForms(text) }
}

/** Whether there is a character outside of ASCII, which stands in bytes of 0x80 and more whatever its case. */
function hasCased(text: string): boolean {
  return /[\u0080-\ud7ff\ue000-\uffff]/.test(text)
}

function fieldSource(path: string, value: FieldValue): string {
  const name = path.slice(path.lastIndexOf('.') + 1)
  const key = toPattern(name, false)
  const values = valueSources(value)
  // The last part of a path may be a place in an array, which stands nowhere.
  const isPlace = /^\d+$/.test(name)
  if (isPlace || !key.isWhole) return values ?? ''
  return values === undefined ? `${key.source}"${BLANK}:` : `${key.source}"${BLANK}:${BLANK}${values}`
}

/** Every way to write a value; `undefined` if there are too many. */
function valueSources(value: FieldValue): string | undefined {
  if (typeof value === 'number') return numberSource(value)
  if (typeof value !== 'string') return String(value)
  const { source, isWhole } = toPattern(value, false)
  if (!isWhole) return undefined
  const others: string[] = []
  if (value === 'true' || value === 'false') others.push(value)
  if (String(Number(value)) === value) others.push(numberSource(Number(value)))
  return `(?:${[`"${source}"`, ...others].join('|')})`
}

/** 503 may be written as 503, 503.0 or 5.03e2. Long numbers may have other digits than what is read from them. */
function numberSource(value: number): string {
  if (!Number.isSafeInteger(value)) return '-?\\d'
  return `(?:${value === 0 ? '-?0' : value}(?!\\d)|-?\\d+[.eE])`
}

function levelPattern(words: readonly string[], minRank: number): RegExp {
  const tens = minRank / 10
  const numbers = `[${tens}-9]\\d|\\d{3}|\\d+[.eE]`
  return new RegExp(`level"${BLANK}:${BLANK}(?:"(?:${words.join('|')})"|${numbers})`, 'gi')
}
