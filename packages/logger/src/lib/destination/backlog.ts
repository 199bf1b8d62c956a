import { NEWLINE } from './outlet.ts'

/** So much is handed over at once, at most, where there are many small chunks. */
const MERGED_BYTES = 65_536

interface Chunk {
  readonly bytes: Buffer
  /** Of how many dropped lines it tells, if that is what it does. */
  readonly tellsOf: number
}

/** What tells of lines that were dropped. */
export interface BacklogHost {
  /** Makes the line that does. */
  tellOf(lines: number): Buffer
  /** It was written. */
  onTold(): void
}

/** Lines that wait, in order, and how many of them were dropped before the first. */
export class Backlog {
  readonly #host: BacklogHost
  #chunks: Chunk[] = []
  /** Where the first chunk is that still waits: what is before is gone. */
  #first = 0
  /** How far the first one was written. */
  #offset = 0
  #bytes = 0
  /** Dropped where the first chunk begins, and nobody was told yet. */
  #missing = 0

  constructor(host: BacklogHost) {
    this.#host = host
  }

  /** How much waits. */
  get bytes(): number {
    return this.#bytes
  }

  /** Whether nothing waits, and nobody has to be told of what was dropped. */
  get isEmpty(): boolean {
    return this.#first === this.#chunks.length && this.#missing === 0
  }

  /** Where in the {@link head} to go on. */
  get offset(): number {
    return this.#offset
  }

  /**
   * @param bytes Whole lines.
   * @param from How much of them is written.
   */
  push(bytes: Buffer, from: number): void {
    if (this.#first === this.#chunks.length) this.#offset = from
    this.#chunks.push({ bytes, tellsOf: 0 })
    this.#bytes += bytes.length - from
  }

  /** What is next: some whole lines, of which those before {@link offset} are written. */
  head(): Buffer | undefined {
    if (this.isEmpty) return undefined
    if (this.#offset === 0) {
      if (this.#missing > 0) this.#tell()
      else this.#merge()
    }
    return this.#chunks[this.#first]?.bytes
  }

  /**
   * Notes what was written.
   *
   * @param to Where the {@link head} goes on.
   */
  advance(to: number): void {
    const { bytes, tellsOf } = this.#chunks[this.#first] as Chunk
    this.#bytes -= to - this.#offset
    this.#offset = to
    if (to < bytes.length) return
    this.#shift()
    if (tellsOf > 0 && this.#missing === 0) this.#host.onTold()
  }

  /**
   * Goes back to the beginning of the line that is under way, as it is to be whole elsewhere. One of which only the end is missing is
   * whole.
   *
   * @returns Whether there was one, so that where it was begun it has to be ended.
   */
  rewind(): boolean {
    const head = this.#chunks[this.#first]?.bytes
    if (head === undefined || this.#offset === 0) return false
    if (head[this.#offset] === NEWLINE) {
      this.advance(this.#offset + 1)
      return true
    }
    const lineStart = head.lastIndexOf(NEWLINE, this.#offset - 1) + 1
    const torn = this.#offset - lineStart
    this.#bytes += torn
    this.#offset = lineStart
    return torn > 0
  }

  /**
   * Drops the oldest lines, until no more wait than may. None is under way, see {@link rewind}.
   *
   * @param maxBytes How much may wait.
   */
  drop(maxBytes: number): { readonly lines: number; readonly bytes: number } {
    let lines = 0
    let bytes = 0
    while (this.#bytes > maxBytes) {
      const { bytes: head, tellsOf } = this.#chunks[this.#first] as Chunk
      const from = this.#offset
      const least = from + this.#bytes - maxBytes
      const end = tellsOf > 0 ? head.length : head.indexOf(NEWLINE, Math.min(least, head.length) - 1) + 1
      if (tellsOf > 0) this.#missing += tellsOf
      else {
        bytes += end - from
        for (let at = from; at < end; at = head.indexOf(NEWLINE, at) + 1) lines++
      }
      this.#bytes -= end - from
      this.#offset = end
      if (end === head.length) this.#shift()
    }
    this.#missing += lines
    if (this.#offset > 0) this.#cut()
    return { lines, bytes }
  }

  /** What is before the offset is gone for good: what tells of it goes in its place. */
  #cut(): void {
    const { bytes, tellsOf } = this.#chunks[this.#first] as Chunk
    this.#chunks[this.#first] = { bytes: bytes.subarray(this.#offset), tellsOf }
    this.#offset = 0
  }

  #tell(): void {
    const chunk: Chunk = { bytes: this.#host.tellOf(this.#missing), tellsOf: this.#missing }
    this.#missing = 0
    this.#bytes += chunk.bytes.length
    if (this.#first > 0) this.#chunks[--this.#first] = chunk
    else this.#chunks.unshift(chunk)
  }

  /** One call for many small lines. What tells of dropped ones stays on its own. */
  #merge(): void {
    let end = this.#first
    for (let bytes = 0; end < this.#chunks.length; end++) {
      const chunk = this.#chunks[end] as Chunk
      bytes += chunk.bytes.length
      if (chunk.tellsOf > 0 || bytes > MERGED_BYTES) break
    }
    if (end - this.#first < 2) return
    const bytes = Buffer.concat(this.#chunks.slice(this.#first, end).map((chunk) => chunk.bytes))
    this.#chunks.fill(GONE, this.#first, end)
    this.#first = end - 1
    this.#chunks[this.#first] = { bytes, tellsOf: 0 }
  }

  /** Takes the first one off, without moving all the others each time. */
  #shift(): void {
    this.#chunks[this.#first++] = GONE
    this.#offset = 0
    if (this.#first === this.#chunks.length || (this.#first > 1_024 && this.#first > this.#chunks.length / 2)) {
      this.#chunks = this.#chunks.slice(this.#first)
      this.#first = 0
    }
  }
}

const GONE: Chunk = { bytes: Buffer.alloc(0), tellsOf: 0 }
