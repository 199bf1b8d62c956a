import { createHash } from 'node:crypto'
import { gzipSource } from './blocks/gzip.ts'
import { plainSource } from './blocks/source.ts'
import { LIVE_KEY, type LogFile } from './files/file-set.ts'
import type { ResolvedSearchOptions } from './options.ts'
import { openFor, type Position, type Scan } from './scan.ts'

/** Enough of a file's first line to know the file by, as the line has a time. */
const HEAD_BYTES = 512
const VERSION = 1

interface Mark {
  readonly position: Position
  /** The file that had been rotated last by then: the one that was written to comes next after it, whatever it is called now. */
  readonly after: string
  /** What the file begins with. */
  readonly head: string
}

/**
 * Makes a cursor. It stays good when files are rotated and compressed.
 *
 * @param position Where the next page begins.
 */
export async function toCursor(
  scan: Scan,
  order: ResolvedSearchOptions['order'],
  file: LogFile,
  offset: number,
): Promise<string> {
  const mark = [VERSION, questionOf(scan, order), file.key, scan.files.newestKey, await headOf(scan, file), offset]
  return Buffer.from(JSON.stringify(mark)).toString('base64url')
}

/**
 * Finds the place of a cursor. If its file is gone, that is where it was among the others.
 *
 * @throws {TypeError} If it is no cursor, or that of another search.
 */
export async function fromCursor(scan: Scan, order: ResolvedSearchOptions['order'], cursor: string): Promise<Position> {
  const { position, after, head } = parse(cursor, questionOf(scan, order))
  if (position.key !== LIVE_KEY) return position
  for (const file of scan.files.files)
    if (file.key > after && (await headOf(scan, file)) === head) return { ...position, key: file.key }
  return { key: `${after}+`, offset: 0 }
}

function parse(cursor: string, question: string): Mark {
  try {
    const mark: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    if (!Array.isArray(mark) || mark.length !== 6) throw new Error('It is none')
    const [version, asked, key, after, head, offset] = mark as readonly unknown[]
    const areTexts = [key, after, head].every((part) => typeof part === 'string')
    if (version !== VERSION || asked !== question || !areTexts || !Number.isSafeInteger(offset) || Number(offset) < 0)
      throw new Error('It is none, or that of another search')
    return { position: { key: String(key), offset: Number(offset) }, after: String(after), head: String(head) }
  } catch (cause) {
    const shown = JSON.stringify(cursor.length > 60 ? `${cursor.slice(0, 60)}…` : cursor)
    throw new TypeError(
      `Expected \`cursor\` to be what a search for the same, in the same order and file, gave, got ${shown}`,
      { cause },
    )
  }
}

/** What was asked, in short. */
function questionOf({ options, query }: Scan, order: string): string {
  // JSON knows no Infinity: both ends become null, and so what has none is the same as ever.
  return digest(JSON.stringify([options.path, order, query]))
}

async function headOf(scan: Scan, file: LogFile): Promise<string> {
  const opened = await openFor(scan, file)
  if (opened === undefined) return ''
  const source = opened.isGzip ? gzipSource(opened.file, () => {}) : plainSource(opened.file, 0, HEAD_BYTES)
  try {
    const bytes = Buffer.alloc(HEAD_BYTES)
    let length = 0
    for (let count = -1; count !== 0 && length < HEAD_BYTES; length += count)
      count = await source.read(bytes.subarray(length))
    const newline = bytes.subarray(0, length).indexOf('\n')
    return digest(bytes.subarray(0, newline === -1 ? length : newline))
  } finally {
    source.close()
  }
}

function digest(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('base64url').slice(0, 16)
}
