import { createManualClock } from '@breakwater/core/testing'
import fc from 'fast-check'
import { expect } from 'vitest'
import type { Destination, openDestination } from '../../../src/lib/destination/destination.ts'
import { createNameParser } from '../../../src/lib/destination/rotated-name.ts'
import { createSurroundings, errno, type SimulatedDisk, SimulatedProcess } from './simulated-disk.ts'

/** What makes destinations: ours, or a faulty one. */
export type Open = typeof openDestination

/** What {@link checkModel} plays with. */
export interface ModelOptions {
  readonly numRuns: number
  readonly seed?: number | undefined
  /** Whether the smallest case is looked for. */
  readonly shrinks: boolean
}

const PATH = '/logs/app.log'
const STDERR = 2

/** What a write meets from now on. */
type Mood = 'well' | 'in parts' | 'full' | 'broken' | 'little room' | 'all but the end'

type Step =
  | { readonly type: 'write'; readonly lines: readonly number[] }
  | { readonly type: 'flush' | 'reopen' | 'move' | 'lock' | 'unlock' }
  | { readonly type: 'advance'; readonly byMs: number }
  | { readonly type: 'mood'; readonly isStderr: boolean; readonly mood: Mood; readonly bytes: number }
  | { readonly type: 'refuse'; readonly call: string }
  | { readonly type: 'restart'; readonly isCrash: boolean }

interface Shape {
  readonly isFile: boolean
  readonly bufferBytes: number
  readonly maxPendingBytes: number
  readonly maxBytes: number
  readonly everyMs: number | undefined
}

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant('write' as const),
      lines: fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 4 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('advance' as const),
      byMs: fc.constantFrom(1, 5, 100, 999, 1_000, 4_000),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('mood' as const),
      isStderr: fc.boolean(),
      mood: fc.constantFrom<Mood>('well', 'in parts', 'full', 'broken', 'little room', 'all but the end'),
      bytes: fc.integer({ min: 1, max: 80 }),
    }),
  },
  fc.record({ type: fc.constant('refuse' as const), call: fc.constantFrom('', 'rename', 'open', 'stat', 'unlink') }),
  fc.record({ type: fc.constantFrom('flush' as const, 'reopen' as const, 'move', 'lock', 'unlock') }),
  fc.record({ type: fc.constant('restart' as const), isCrash: fc.boolean() }),
)

const shape: fc.Arbitrary<Shape> = fc.record({
  isFile: fc.boolean(),
  bufferBytes: fc.constantFrom(0, 0, 100),
  maxPendingBytes: fc.constantFrom(150, 10_000),
  maxBytes: fc.constantFrom(60, 200, 10_000),
  everyMs: fc.constantFrom(undefined, 3_000),
})

/** A process after another, on one disk, and all that they wrote. */
class World {
  readonly texts: string[] = []
  readonly stderrs: string[] = []
  readonly stdouts: string[] = []
  dropped = 0
  readonly #shape: Shape
  readonly #host: ReturnType<typeof createSurroundings>
  readonly #disk: SimulatedDisk
  #clock = createManualClock()
  #process = new SimulatedProcess()
  #destination: Destination
  #moved = 0
  readonly #moods: Record<'primary' | 'stderr', { mood: Mood; bytes: number }> = {
    primary: { mood: 'well', bytes: 0 },
    stderr: { mood: 'well', bytes: 0 },
  }
  #calls = 0

  readonly #open: Open

  constructor(shape: Shape, open: Open) {
    this.#shape = shape
    this.#open = open
    this.#host = createSurroundings(this.#clock)
    this.#disk = this.#host.fs
    this.#disk.onWrite = (fd, bytes) => this.#meet(fd === STDERR ? 'stderr' : 'primary', bytes)
    this.#destination = this.#start()
  }

  async do(step: Step): Promise<void> {
    switch (step.type) {
      case 'write':
        return this.#write(step.lines)
      case 'flush':
        return this.#destination.flushSync()
      case 'reopen':
        return this.#destination.reopen()
      case 'advance':
        return await this.#clock.advanceAsync(step.byMs)
      case 'mood':
        this.#moods[step.isStderr ? 'stderr' : 'primary'] = { mood: step.mood, bytes: step.bytes }
        return
      case 'refuse':
        this.#disk.onCall = (name) => {
          if (name === step.call) throw errno('EACCES')
        }
        return
      case 'move':
        if (this.#disk.names.has(PATH)) this.#disk.move(PATH, `/logs/moved-${this.#moved++}`)
        return
      case 'lock':
        return this.#disk.put(`${PATH}.rotating`, '')
      case 'unlock':
        this.#disk.names.delete(`${PATH}.rotating`)
        return
      case 'restart':
        return this.#restart(step.isCrash)
    }
  }

  /** What waits is bounded. The part of a line that is begun anew, and the line that tells of dropped ones, come on top of that. */
  check(): void {
    const { bufferBytes, maxPendingBytes } = this.#shape
    expect(this.#pendingBytes()).toBeGreaterThanOrEqual(0)
    expect(this.#pendingBytes()).toBeLessThanOrEqual(maxPendingBytes + bufferBytes + 200)
  }

  /** All is well again, and the last process ends. */
  async end(): Promise<void> {
    this.#getWell()
    await this.#clock.advanceAsync(40_000)
    this.#write([1])
    await this.#destination.close()
    expect([this.#process.listening, this.#clock.pending, this.#disk.openFiles]).toEqual([0, 0, 0])
    this.#note()
  }

  /** What is in which file: in the order in which they were begun, but for those that were moved. */
  files(): { readonly rotated: readonly string[]; readonly moved: readonly string[] } {
    const parse = createNameParser('app.log')
    const names = this.#disk.list('/logs').filter((path) => path !== `${PATH}.rotating`)
    const rotated = names
      .flatMap((path) => parse(path.slice('/logs/'.length)) ?? [])
      .sort((a, b) => a.stampMs - b.stampMs || a.number - b.number)
      .map(({ base }) => this.#disk.textOf(`/logs/${base}`) ?? '')
    const moved = names.filter((path) => path.startsWith('/logs/moved')).map((path) => this.#disk.textOf(path) ?? '')
    return { rotated: [...rotated, this.#disk.textOf(PATH) ?? ''], moved }
  }

  #start(): Destination {
    const { isFile, bufferBytes, maxPendingBytes, maxBytes, everyMs } = this.#shape
    const destination = this.#open(
      {
        ...(isFile ? { path: PATH, rotate: { maxBytes, everyMs } } : {}),
        bufferBytes,
        maxPendingBytes,
        clock: this.#clock,
      },
      { ...this.#host, process: this.#process, wait: (ms) => this.#clock.advance(ms) },
    )
    destination.subscribe(() => {})
    return destination
  }

  #write(lengths: readonly number[]): void {
    for (const length of lengths) {
      const text = lineOf(this.texts.length, length)
      this.texts.push(text)
      this.#destination.write(`${text}\n`)
    }
  }

  #restart(isCrash: boolean): void {
    // Whatever waits is gone with a crash, and that is no secret: one that comes while nothing waits must lose nothing.
    if (!isCrash || this.#pendingBytes() > 0) this.#process.emit('exit')
    this.#note()
    this.#getWell()
    this.#clock = createManualClock({ epochMs: this.#clock.epoch() })
    this.#disk.restart(this.#clock)
    this.#process = new SimulatedProcess()
    this.#destination = this.#start()
  }

  #pendingBytes(): number {
    return Number(this.#destination.measure().find(({ name }) => name === 'log_destination_pending_bytes')?.value)
  }

  /** A process is over. */
  #note(): void {
    this.stderrs.push(this.#disk.textOf(STDERR) ?? '')
    this.stdouts.push(this.#disk.textOf(1) ?? '')
    this.dropped += Number(
      this.#destination.measure().find(({ name }) => name === 'log_destination_dropped_lines_total')?.value,
    )
  }

  #getWell(): void {
    for (const name of ['primary', 'stderr'] as const) this.#moods[name] = { mood: 'well', bytes: 0 }
    this.#disk.onCall = () => {}
    this.#disk.names.delete(`${PATH}.rotating`)
  }

  #meet(where: 'primary' | 'stderr', bytes: number): number {
    const met = this.#moods[where]
    if (met.mood === 'well') return bytes
    if (met.mood === 'full' && !(this.#shape.isFile && where === 'primary')) throw errno('EAGAIN')
    if (met.mood === 'broken') throw errno('EIO')
    if (met.mood === 'all but the end' && bytes > 1) return bytes - 1
    if (met.mood === 'in parts' && this.#calls++ % 3 === 0) throw errno('EINTR')
    if (met.mood === 'in parts') return Math.min(bytes, met.bytes)
    const taken = Math.min(bytes, met.bytes)
    met.bytes -= taken
    if (taken === 0) throw errno(this.#shape.isFile || where === 'stderr' ? 'ENOSPC' : 'EAGAIN')
    return taken
  }
}

function lineOf(n: number, length: number): string {
  return `{"n":${n},"p":"${'x'.repeat(length)}"}`
}

/** Numbers of the whole lines of a text. What else is in it must be the beginning of a line, or tell of dropped ones. */
function numbersIn(text: string, texts: readonly string[]): readonly number[] {
  return text.split('\n').flatMap((line) => {
    const n = Number(/^\{"n":(\d+),/.exec(line)?.[1] ?? Number.NaN)
    if (texts[n] === line) return [n]
    const isNotice = line.startsWith('{"level":"error"')
    const isTorn = texts.some((one) => one.startsWith(line)) || '{"level":"error"'.startsWith(line)
    if (!isNotice && !isTorn) throw new Error(`Expected a line, a part of one or a notice, got ${line}`)
    return []
  })
}

function isAscending(numbers: readonly number[]): boolean {
  return numbers.every((n, index) => index === 0 || n > (numbers[index - 1] as number))
}

/**
 * Plays what may happen to a destination, and checks that each line is once in the files, on stderr or counted as dropped, whole and
 * in order.
 *
 * @param open Makes destinations.
 * @param options How long.
 * @throws {Error} If one is not.
 */
export async function checkModel(open: Open, { numRuns, seed, shrinks }: ModelOptions): Promise<void> {
  await fc.assert(
    fc.asyncProperty(shape, fc.array(step, { maxLength: 40 }), async (shape, steps) => {
      const world = new World(shape, open)
      for (const one of steps) {
        await world.do(one)
        world.check()
      }
      await world.end()
      const { rotated, moved } = world.files()
      const groups = [rotated, ...moved.map((text) => [text]), world.stdouts, world.stderrs].map((texts) =>
        texts.flatMap((text) => numbersIn(text, world.texts)),
      )
      for (const numbers of groups) expect(numbers, 'in order').toSatisfy(isAscending)
      const all = groups.flat()
      expect(new Set(all).size, 'each once').toBe(all.length)
      expect(all.length + world.dropped, 'none is lost').toBe(world.texts.length)
    }),
    { numRuns, endOnFailure: !shrinks, ...(seed === undefined ? {} : { seed }) },
  )
}
