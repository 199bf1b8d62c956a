import type { TierRecord } from '../shared/tier.ts'

const SPACE = 0x20
const LINE_FEED = 0x0a
const ZERO = 0x30
const NINE = 0x39
const NO_TAGS: readonly string[] = []

/**
 * What an envelope has after its version, incarnation and number, up to its body: `bornAt ttl staleWhileRevalidate grace format
 * tag tag...`, in ASCII, and a line feed.
 *
 * @param record The record.
 */
export function toHeaderRest(record: TierRecord): string {
  const { bornAtMs, ttlMs, staleWhileRevalidateMs, graceMs, format, tags } = record
  const numbers = [bornAtMs, ttlMs, staleWhileRevalidateMs, graceMs, format].map(toNumeral)
  return `${[...numbers, ...tags.map(toWord)].join(' ')}\n`
}

/**
 * Makes what is stored of a record: `B1`, the incarnation, its number, the {@link toHeaderRest | rest}, and the body.
 *
 * @param incarnation Id of the shared state's incarnation.
 * @param record The record.
 */
export function toEnvelope(incarnation: string, record: TierRecord): Buffer {
  return join(`B1 ${incarnation} ${toNumeral(record.seq)} ${toHeaderRest(record)}`, record.body)
}

/**
 * Puts a text of ASCII characters before bytes.
 *
 * @param head The text.
 * @param body The bytes.
 */
export function join(head: string, body: Uint8Array): Buffer {
  const joined = Buffer.allocUnsafe(head.length + body.byteLength)
  joined.write(head, 'latin1')
  joined.set(body, head.length)
  return joined
}

/** Tags as they stood in an envelope: the next one often has the same. */
export interface LatestTags {
  words: string
  tags: readonly string[]
}

/** None so far. */
export function createLatestTags(): LatestTags {
  return { words: '', tags: NO_TAGS }
}

/**
 * Opens an envelope. It is read byte by byte: `JSON.parse` of such a header takes three times as long.
 *
 * @param data What was found. It is not copied: the body is a part of it.
 * @param incarnation Id of the incarnation it has to be of.
 * @param latest Those of the envelope that was opened before, to be shared. Becomes this one's.
 * @returns The record, or `undefined` if this is no envelope, or one of another version or incarnation.
 */
export function openEnvelope(
  data: Buffer,
  incarnation: string,
  latest: LatestTags = createLatestTags(),
): TierRecord | undefined {
  if (data[0] !== 0x42 || data[1] !== 0x31 || data[2] !== SPACE) return undefined // 'B1 '
  const start = 3 + incarnation.length
  for (let at = 3; at < start; at++) if (data[at] !== incarnation.charCodeAt(at - 3)) return undefined

  const reader = { at: start, isRight: true }
  const seq = readNumber(data, reader)
  const bornAtMs = readNumber(data, reader)
  const ttlMs = readNumber(data, reader)
  const staleWhileRevalidateMs = readNumber(data, reader)
  const graceMs = readNumber(data, reader)
  const format = readNumber(data, reader)
  if (!reader.isRight) return undefined

  let { at } = reader
  let tags = NO_TAGS
  if (data[at] !== LINE_FEED) {
    const { words } = latest
    let same = 0
    at++
    while (same < words.length && data[at + same] === words.charCodeAt(same)) same++
    let end = at + same
    if (same < words.length || data[end] !== LINE_FEED) {
      while (data[end] !== LINE_FEED) if (++end > data.length) return undefined
      latest.words = data.toString('latin1', at, end)
      latest.tags = toTags(latest.words)
    }
    tags = latest.tags
    at = end
  }
  return { seq, bornAtMs, ttlMs, staleWhileRevalidateMs, graceMs, tags, format, body: data.subarray(at + 1) }
}

/** Reads a numeral after a space. */
function readNumber(data: Buffer, reader: { at: number; isRight: boolean }): number {
  let { at } = reader
  if (data[at] !== SPACE) reader.isRight = false
  const start = at
  let value = 0
  let byte = data[++at] as number
  while (byte >= ZERO && byte <= NINE) {
    value = value * 10 + (byte - ZERO)
    byte = data[++at] as number
  }
  if (at === start + 1 || value > Number.MAX_SAFE_INTEGER) reader.isRight = false
  reader.at = at
  return value
}

/** Whole milliseconds are enough, and what lasts for ever lasts as long as a number can say. */
function toNumeral(value: number): string {
  return String(Math.min(Math.max(0, Math.round(value)), Number.MAX_SAFE_INTEGER))
}

/** Everything but printable ASCII, and what marks it. */
const UNPRINTABLE = /[^!-$&-~]/g

function toWord(tag: string): string {
  return tag === '' ? '%' : tag.replace(UNPRINTABLE, (unit) => `%${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** `split` would do, and take as long as all the rest of an envelope. */
function toTags(words: string): readonly string[] {
  const hasMarks = words.includes('%')
  const tags: string[] = []
  for (let start = 0, end = 0; end < words.length; start = end + 1) {
    end = words.indexOf(' ', start)
    if (end === -1) end = words.length
    const word = words.slice(start, end)
    tags.push(hasMarks ? toTag(word) : word)
  }
  return tags
}

function toTag(word: string): string {
  return word === '%'
    ? ''
    : word.replace(/%([\da-f]{4})/g, (_, unit: string) => String.fromCharCode(Number.parseInt(unit, 16)))
}
