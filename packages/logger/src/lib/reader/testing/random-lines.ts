import type { LogQuery } from '../query.ts'

/** A line, and what is known of it without reading it. */
export interface KnownLine {
  /** As it stands in a file, without its newline. */
  readonly raw: string
  readonly atMs: number
  /** Pino's number of the level; `NaN` if it is none of ours. */
  readonly rank: number
  /** What a text is searched in: strings without their escapes, all else as it is written. */
  readonly values: readonly string[]
  /** Some of its fields, by their paths. */
  readonly fields: ReadonlyMap<string, unknown>
}

/** Picks at random, the same in every run. */
export interface Dice {
  /** From 0 on, below `count`. */
  roll(count: number): number
  pick<item>(items: readonly item[]): item
}

/** @param random Numbers in [0, 1). */
export function createDice(random: () => number): Dice {
  const roll = (count: number): number => Math.floor(random() * count)
  return { roll, pick: (items) => items[roll(items.length)] as (typeof items)[number] }
}

/** Few enough to be met, and everything that is treated apart somewhere. */
const CHARACTERS: readonly string[] = [
  ...'aAbikKIeEx019 -.:,{}[]"\\/\n\t\b\f\r',
  '\u0001',
  '\u007f',
  ...'üÜßéÉ中國😀σςΣ',
  '\u0130',
  '\u212a',
  '\u0307',
  '\ufffd',
  '\ud800', // half of a pair, which only an escape can write
]
const SHORT: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '/': '\\/',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\b': '\\b',
  '\f': '\\f',
}
const LEVELS: readonly (readonly [raw: string, rank: number])[] = [
  ['"trace"', 10],
  ['"debug"', 20],
  ['"info"', 30],
  ['"INFO"', 30],
  ['"warning"', 40],
  ['"warn"', 40],
  ['"error"', 50],
  ['"\\u0065rror"', 50],
  ['"critical"', 60],
  ['"audit"', Number.NaN],
  ['10', 10],
  ['30', 30],
  ['35', 35],
  ['4e1', 40],
  ['50.0', 50],
  ['60', 60],
  ['100', 100],
]
/** The same numbers in several ways. */
const NUMBERS: readonly string[] = [
  '503',
  '503.0',
  '5.03e2',
  '5030E-1',
  '0',
  '-0',
  '0.5',
  '5e-1',
  '-7',
  '12345678901234567890',
  '9007199254740993',
  '1e999',
]
const NAMES: readonly string[] = ['status', 'a/b', 'ü', 'http.status', 'x', 'msg', 'na"me']

/** A text of a few characters. */
export function randomText(dice: Dice, most = 6): string {
  return Array.from({ length: dice.roll(most + 1) }, () => dice.pick(CHARACTERS)).join('')
}

/** A line of any shape with any escapes. */
export function randomLine(dice: Dice, atMs: number): KnownLine {
  const values: string[] = []
  const fields = new Map<string, unknown>()
  const [levelRaw, rank] = dice.pick(LEVELS)
  const shape = dice.pick(['own', 'ecs', 'nested', 'loki', 'pino'] as const)
  const stamp = new Date(atMs).toISOString()
  const time = shape === 'pino' ? String(atMs) : `"${stamp}"`
  values.push(shape === 'pino' ? String(atMs) : stamp)
  values.push(levelRaw.startsWith('"') ? String(JSON.parse(levelRaw)) : levelRaw)
  const members = {
    own: [member('level', levelRaw), member('time', time)],
    ecs: [member('@timestamp', time), member('log.level', levelRaw)],
    nested: [member('@timestamp', time), member('log', `{${member('level', levelRaw)}}`)],
    loki: [member('ts', time), member('level', levelRaw)],
    pino: [member('level', levelRaw), member('time', time)],
  }[shape]
  for (const name of NAMES.filter(() => dice.roll(3) === 0)) {
    const isDeep = dice.roll(4) === 0
    const { raw, value, texts } = randomValue()
    values.push(...texts)
    if (!Array.isArray(value)) fields.set(isDeep ? `deep.${name}` : name, value)
    else for (const [index, item] of value.entries()) fields.set(`${isDeep ? `deep.${name}` : name}.${index}`, item)
    members.push(isDeep ? member('deep', `{${member(name, raw)}}`) : member(name, raw))
    if (isDeep) break // a second `deep` would take the place of the first
  }
  return { raw: `{${members.join(',')}}`, atMs, rank, values, fields }

  function member(name: string, raw: string): string {
    return `${quoted(name)}${blank()}:${blank()}${raw}`
  }
  function blank(): string {
    return dice.roll(12) === 0 ? dice.pick([' ', '\t', '  ', '\r']) : ''
  }
  function quoted(text: string): string {
    const isPlain = dice.roll(3) > 0
    return `"${Array.from(text, (character) => escaped(character, isPlain)).join('')}"`
  }
  function escaped(character: string, isPlain: boolean): string {
    const mustBe = character < ' ' || character === '"' || character === '\\' || /^[\ud800-\udfff]$/.test(character)
    const way = isPlain ? 3 : dice.roll(5)
    const short = SHORT[character]
    if ((way === 0 || (mustBe && short === undefined)) && character !== '\ufffd')
      return Array.from(character.split(''), unicode).join('')
    return short !== undefined && (mustBe || way === 1) ? short : character
  }
  function unicode(unit: string): string {
    const hex = unit.charCodeAt(0).toString(16).padStart(4, '0')
    return `\\u${dice.roll(2) === 0 ? hex : hex.toUpperCase()}`
  }
  function randomValue(): { raw: string; value: unknown; texts: readonly string[] } {
    switch (dice.roll(5)) {
      case 0: {
        const raw = dice.pick(NUMBERS)
        return { raw, value: JSON.parse(raw), texts: [raw] }
      }
      case 1: {
        const raw = dice.pick(['true', 'false', 'null'])
        return { raw, value: JSON.parse(raw), texts: [raw] }
      }
      case 2: {
        const items = [randomText(dice), randomText(dice)]
        return { raw: `[${items.map(quoted).join(`,${blank()}`)}]`, value: items, texts: items }
      }
      default: {
        const text = dice.roll(6) === 0 ? dice.pick(['503', 'true', '0.5']) : randomText(dice, 12)
        return { raw: quoted(text), value: text, texts: [text] }
      }
    }
  }
}

/** A query that has a chance to meet some of the lines. */
export function randomQuery(dice: Dice, lines: readonly KnownLine[]): LogQuery {
  const known = lines.length === 0 ? undefined : dice.pick(lines)
  const [path, value] = known === undefined ? [] : dice.pick([...known.fields, []] as readonly [string?, unknown?][])
  const field = typeof value === 'number' && dice.roll(2) === 0 ? String(value) : value
  const from = known === undefined ? 0 : known.atMs + dice.roll(3) - 1
  return {
    ...(dice.roll(2) === 0 && { text: textOf() }),
    ...(dice.roll(3) === 0 && { level: dice.pick(['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const) }),
    ...(dice.roll(3) === 0 && path !== undefined && isComparable(field) && { fields: { [path]: field as string } }),
    ...(dice.roll(4) === 0 && { from }),
    ...(dice.roll(4) === 0 && { to: new Date(from + 1 + dice.roll(100_000)) }),
  }

  function isComparable(wanted: unknown): boolean {
    return typeof wanted !== 'number' || Number.isFinite(wanted)
  }
  /** A part of a value with its letters in any case, or anything. */
  function textOf(): string {
    if (known === undefined || dice.roll(5) === 0) return randomText(dice, 3)
    const characters = Array.from(dice.pick(known.values))
    const start = dice.roll(characters.length)
    const part = characters.slice(start, start + 1 + dice.roll(5)).join('')
    return dice.pick([part, part.toLowerCase(), part.toUpperCase()])
  }
}

/** Whether a line meets a query, found out in the plainest way. */
export function meetsPlainly({ atMs, rank, values, fields }: KnownLine, query: LogQuery): boolean {
  const { from = 0, to = Number.POSITIVE_INFINITY, level, text = '', fields: wanted = {} } = query
  const ranks = { trace: 10, debug: 20, info: 30, warn: 40, error: 50, fatal: 60 }
  const plain = (any: string): string => any.toLowerCase().replaceAll('ς', 'σ')
  return (
    atMs >= Number(from) &&
    atMs < Number(to) &&
    (level === undefined || rank >= ranks[level]) &&
    (text === '' || values.some((value) => plain(value).includes(plain(text)))) &&
    Object.entries(wanted).every(([path, value]) => {
      const found = fields.get(path)
      return found === value || (typeof value === 'string' && isPlain(found) && String(found) === value)
    })
  )
}

function isPlain(found: unknown): boolean {
  return typeof found === 'number' || typeof found === 'boolean'
}
