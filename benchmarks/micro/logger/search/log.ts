import { createReadStream, createWriteStream } from 'node:fs'
import { mkdtemp, readdir, rm, unlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { createGzip } from 'node:zlib'
import { type Clock, type HttpExchange, systemClock } from '@breakwater/core'
import { createDestination, createLogger, type Logger } from '@breakwater/logger'
import { createRandom } from '@breakwater/testing/simulation'

/** A day of a log, and what there is to be found in it. */
export interface Log {
  /** The file that is written to. What was rotated is beside it. */
  readonly path: string
  /** All of it, oldest first; some of it is compressed. */
  readonly files: readonly string[]
  /** All of it in one file. */
  readonly plainPath: string
  /** How many lines it has. */
  readonly lines: number
  /** A text that few lines have, in another case than it has there. */
  readonly text: string
  /** How many have it. */
  readonly textLines: number
  /** A trace with a few lines. */
  readonly traceId: string
  /** How many. */
  readonly traceLines: number
  /** An hour: its begin, in Unix milliseconds. */
  readonly hourMs: number
  /** How many errors it has. */
  readonly hourErrors: number
}

/** Milliseconds of what is searched by time. */
export const HOUR_MS = 3_600_000

const DAY_MS = 24 * HOUR_MS
const START_MS = Date.UTC(2026, 0, 1)
const SEARCHED_HOUR_MS = START_MS + 5 * HOUR_MS
const SEED = 7
const FILES = 10
/** About what the lines here have. */
const LINE_BYTES = 250
const BUFFER_BYTES = 65_536
/** After so many lines, what goes on beside may have its turn. */
const LINES_AT_ONCE = 5_000

const TEXT_LINES = 10
const TEXT = 'Cannot reach the printer "Zebra-7"'
const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736'
const TRACE_LINES = 3

const ROUTES = ['/tasks/:id', '/tasks', '/users/:id/tasks', '/search'] as const
const METHODS = ['GET', 'GET', 'GET', 'POST', 'PUT', 'DELETE'] as const

/**
 * Writes a log with our own logger, as it would be after a day: ten files, half of them compressed. Removed afterwards.
 *
 * @param count How many lines.
 * @param use What to do with it.
 */
export async function withLog<result>(count: number, use: (log: Log) => Promise<result>): Promise<result> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-log-'))
  try {
    return await use(await writeLog(folder, count))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function writeLog(folder: string, count: number): Promise<Log> {
  const path = join(folder, 'app.log')
  const plainPath = join(folder, 'all')
  let epochMs = START_MS
  const clock: Clock = { ...systemClock, epoch: () => epochMs }
  const rotate = { maxBytes: Math.ceil((count * LINE_BYTES) / FILES), keepFiles: 10 * FILES, compress: false }
  const destination = createDestination({ path, bufferBytes: BUFFER_BYTES, rotate, clock })
  const logger = createLogger({
    env: 'production',
    service: 'tasks',
    requests: false,
    hear: false,
    crashes: false,
    destination,
    clock,
  })
  const write = createWriter(logger, count)
  let hourErrors = 0
  for (let index = 0; index < count; index++) {
    epochMs = START_MS + Math.floor((index * DAY_MS) / count)
    const isError = write(index)
    if (isError && epochMs >= SEARCHED_HOUR_MS && epochMs < SEARCHED_HOUR_MS + HOUR_MS) hourErrors++
    if (index % LINES_AT_ONCE === LINES_AT_ONCE - 1) await nextTurn()
  }
  await logger.close()
  await destination.close()
  return {
    path,
    plainPath,
    files: await pack(folder, path, plainPath),
    lines: count,
    text: TEXT.toUpperCase(),
    textLines: TEXT_LINES,
    traceId: TRACE_ID,
    traceLines: TRACE_LINES,
    hourMs: SEARCHED_HOUR_MS,
    hourErrors,
  }
}

/** Writes the lines by their number, and says which are errors. Most are the only one of a request. */
function createWriter(logger: Logger, count: number): (index: number) => boolean {
  const random = createRandom(SEED)
  const pick = <item>(items: readonly item[]): item => items[Math.floor(random() * items.length)] as item
  const below = (limit: number): number => Math.floor(random() * limit)
  const hex = (digits: number): string => {
    let text = ''
    while (text.length < digits)
      text += below(2 ** 32)
        .toString(16)
        .padStart(8, '0')
    return text
  }
  const err = Object.assign(new Error('connect ECONNREFUSED 10.0.0.7:5432'), { code: 'ECONNREFUSED' })
  const textEvery = Math.floor(count / TEXT_LINES)
  const traceFrom = Math.floor(count * 0.6)

  const inRequest = (traceId: string, write: () => void): void =>
    logger.hook.around?.(toExchange(`00-${traceId}-${hex(16)}-01`), write, 0)
  const writeRequest = (): void => {
    const route = pick(ROUTES)
    const path = route.replace(':id', String(below(100_000)))
    const status = random() < 0.02 ? 404 : 200
    const durationMs = below(20_000) / 100
    logger.info({ event: 'request', method: pick(METHODS), path, route, status, durationMs }, 'request finished')
  }

  return (index) => {
    if (index % textEvery === textEvery >> 1 && index < textEvery * TEXT_LINES) {
      logger.warn({ attempt: below(5) }, TEXT)
      return false
    }
    if (index >= traceFrom && index < traceFrom + TRACE_LINES) {
      inRequest(TRACE_ID, writeRequest)
      return false
    }
    const kind = random()
    if (kind < 0.005) {
      inRequest(hex(32), () => logger.error({ err, taskId: below(100_000) }, 'Cannot save the task'))
      return true
    }
    if (kind < 0.5) logger.info({ taskId: below(100_000), userId: `user-${below(1_000)}` }, 'task created')
    else inRequest(hex(32), writeRequest)
    return false
  }
}

function toExchange(traceparent: string): HttpExchange {
  return {
    method: 'GET',
    path: '/tasks/7',
    route: '/tasks/:id',
    status: 200,
    outcome: undefined,
    startedAtMs: 0,
    slots: [],
    header: (name) => (name === 'traceparent' ? traceparent : undefined),
    setHeader() {},
  }
}

/** Puts all of it into one file, and compresses the older half, as a destination does in time. */
async function pack(folder: string, path: string, plainPath: string): Promise<readonly string[]> {
  const rotated = (await readdir(folder)).filter((name) => /^app-.+\.log$/.test(name)).toSorted()
  const files = [...rotated.map((name) => join(folder, name)), path]
  for (const file of files) await pipeline(createReadStream(file), createWriteStream(plainPath, { flags: 'a' }))
  for (const [index, file] of files.entries()) {
    if (index >= files.length >> 1) break
    files[index] = `${file}.gz`
    await pipeline(createReadStream(file), createGzip(), createWriteStream(`${file}.gz`))
    await unlink(file)
  }
  return files
}
