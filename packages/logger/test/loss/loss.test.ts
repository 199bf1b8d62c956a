import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nodeBinary } from '@breakwater/testing/shutdown'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Order, Way } from './subjects/contract.ts'
import { bundle, type Form } from './support/bundle.ts'
import { type Ended, linesIn, problemsOf, readLogs, run, runInShell, runSubject } from './support/run.ts'

/** With `SOAK` set, on the newest of each line that the package promises to run on, and all of it in each form. */
const LINES = process.env.SOAK === undefined ? [] : [20, 22, 24, 26]
vi.setConfig({ testTimeout: 60_000 * Math.max(LINES.length, 1), hookTimeout: 10 * 60_000 })

const COUNT = 10_000
const FORMS: readonly Form[] = ['source', 'esm', 'cjs']
const BUFFERS = [
  ['each line at once', 0],
  ['buffered', 65_536],
] as const

/** How many signals end with, as the one who waits for the process sees it. */
const ENDS: readonly (readonly [way: Way, end: number | string])[] = [
  ['return', 0],
  ['exit', 0],
  ['exit mid-turn', 0],
  ['exit listeners', 0],
  ['throw', 1],
  ['reject', 1],
  ['SIGTERM', 'SIGTERM'],
  ['SIGINT', 'SIGINT'],
  ['SIGHUP', 'SIGHUP'],
  ['SIGQUIT', 'SIGQUIT'],
  ['SIGUSR2', 'SIGUSR2'],
  ['graceful', 0],
  ['passed on', 'SIGTERM'],
  ['close', 0],
  ['worker returns', 0],
  ['worker exits', 0],
]

interface Runner {
  readonly form: Form
  readonly node: string
  /** Writes through a logger. */
  readonly logger: string
  /** Writes to a destination by itself. */
  readonly destination: string
}
const runners: Runner[] = []
const base = mkdtempSync(join(tmpdir(), 'logger-loss-'))
afterAll(() => rmSync(base, { recursive: true, force: true }))

beforeAll(async () => {
  const nodes: { path: string; line: number }[] = []
  for (const line of LINES) {
    const found = await nodeBinary(line)
    if ('path' in found) nodes.push({ path: found.path, line })
    else if (process.env.CI || process.env.REQUIRE_SERVICES)
      throw new Error(`Cannot test on Node ${line}: ${found.missing}`)
    else process.stderr.write(`\n[logger] NOT TESTED on Node ${line}: ${found.missing}\n\n`)
  }
  if (nodes.length === 0) nodes.push({ path: process.execPath, line: 24 })
  for (const form of FORMS) {
    const [logger, destination] = await Promise.all([bundle('logger', form), bundle('destination', form)])
    // TypeScript is none of Node 20's.
    const able = nodes.filter(({ line }) => form !== 'source' || line > 20)
    runners.push(...able.map(({ path }) => ({ form, node: path, logger, destination })))
  }
})

/** A folder for one run. Tests that run at once cannot say by themselves when they are over. */
function createFolder(): string {
  return mkdtempSync(join(base, 'run-'))
}

/** Runs something with each form on each Node. */
async function each(form: Form, play: (runner: Runner) => Promise<void>): Promise<void> {
  const chosen = runners.filter((runner) => runner.form === form)
  expect(chosen.length).toBeGreaterThan(0)
  for (const runner of chosen) await play(runner)
}

function orderOf(way: Way, bufferBytes: number, more: Partial<Order> = {}): Order {
  const { options, ...rest } = more
  return { way, lines: COUNT, options: { bufferBytes, ...options }, ...rest }
}

function endOf({ code, signal }: Ended): number | string | null {
  return signal ?? code
}

/** What differs from others in nothing that a bundle could change. */
const ONCE: readonly Way[] = ['SIGQUIT', 'SIGUSR2', 'passed on']

describe.concurrent.for(FORMS)('%s:', (form) => {
  const ends = ENDS.filter(([way]) => form === 'esm' || LINES.length > 0 || !ONCE.includes(way))
  describe.for(BUFFERS)('%s,', ([, bufferBytes]) => {
    test.for(ends)('10,000 of 10,000 lines after %s', async ([way, end]) => {
      await each(form, async ({ node, logger, destination }) => {
        const folder = createFolder()
        const order = orderOf(way, bufferBytes, { options: { path: join(folder, 'app.log') } })
        // Node takes half a second of a processor to read all sources of a logger.
        const isShort = form === 'source' && LINES.length === 0
        const ended = await runSubject(node, isShort ? destination : logger, order)
        expect(problemsOf(linesIn(readLogs(folder)), COUNT)).toEqual([])
        expect([endOf(ended), linesIn(ended.stderr)]).toEqual([end, []])
      })
    })
  })

  test('10,000 of 10,000 lines after kill -9, each at once', async () => {
    await each(form, async ({ node, logger }) => {
      const folder = createFolder()
      const order = orderOf('SIGKILL', 0, { options: { path: join(folder, 'app.log') } })
      expect(endOf(await runSubject(node, logger, order))).toBe('SIGKILL')
      expect(problemsOf(linesIn(readLogs(folder)), COUNT)).toEqual([])
    })
  })
})

describe.concurrent.for(LINES.length === 0 ? (['esm'] as const) : FORMS)('%s:', (form) => {
  describe.for(BUFFERS)('%s,', ([, bufferBytes]) => {
    test.for(['return', 'exit', 'throw', 'SIGTERM'] as const)('10,000 of 10,000 on stdout after %s', async (way) => {
      await each(form, async ({ node, destination }) => {
        const { stdout } = await runSubject(node, destination, orderOf(way, bufferBytes))
        expect(problemsOf(linesIn(stdout), COUNT)).toEqual([])
      })
    })

    test.for(['exit', 'SIGTERM'] as const)('10,000 of 10,000 in rotated files after %s', async (way) => {
      await each(form, async ({ node, destination }) => {
        const folder = createFolder()
        const options = { path: join(folder, 'app.log'), rotate: { maxBytes: 50_000, keepFiles: 1_000 } }
        await runSubject(node, destination, orderOf(way, bufferBytes, { options }))
        expect(problemsOf(linesIn(readLogs(folder)), COUNT)).toEqual([])
      })
    })

    test.for(['return', 'exit', 'SIGTERM'] as const)(
      '10,000 of 10,000 on stderr where the disk is full, after %s',
      async (way) => {
        await each(form, async ({ node, destination }) => {
          const order = orderOf(way, bufferBytes, { options: { path: '/dev/full' } })
          const { stderr } = await runSubject(node, destination, order)
          expect(problemsOf(linesIn(stderr), COUNT)).toEqual([])
        })
      },
    )
  })
})

describe.concurrent.for(BUFFERS)('%s,', ([, bufferBytes]) => {
  test.for(['return', 'exit', 'throw', 'SIGTERM', 'close'] as const)(
    'a pipe that is read late and slowly, and must not be waited for, gets all, after %s',
    async (way) => {
      await each('esm', async ({ node, destination }) => {
        const folder = createFolder()
        const out = join(folder, 'out')
        const report = join(folder, 'report')
        const reader = `"${process.execPath}" "${join(import.meta.dirname, 'support/slow-reader.ts')}" "${out}" "${report}"`
        const { stderr } = await runInShell(
          `perl -e '${NON_BLOCKING}' "$@" | ${reader}`,
          node,
          destination,
          orderOf(way, bufferBytes, { report }),
        )
        expect(Number(readFileSync(report, 'utf8'))).toBeGreaterThan(0)
        const taken = linesIn(readFileSync(out, 'utf8'))
        // At exit it waits no longer than a second: what is left then goes to stderr.
        expect(problemsOf([...taken, ...linesIn(stderr)], COUNT)).toEqual([])
        expect(taken.length).toBeGreaterThan(0)
      })
    },
  )

  test('a reader that goes away gets what it read, and stderr the rest', async () => {
    await each('esm', async ({ node, destination }) => {
      const folder = createFolder()
      const [out, gone] = [join(folder, 'out'), join(folder, 'gone')]
      const { stderr } = await runInShell(
        `"$@" | (head -n 1000 > "${out}"; exec 0<&-; touch "${gone}"; sleep 0.2)`,
        node,
        destination,
        orderOf('return', bufferBytes, { waitFor: { lines: 1_000, path: gone } }),
      )
      expect(problemsOf(linesIn(readFileSync(out, 'utf8')), 1_000)).toEqual([])
      expect(problemsOf(linesIn(stderr), COUNT - 1_000, 1_000)).toEqual([])
    })
  })

  test('a file that may not grow any more is continued on stderr', async () => {
    await each('esm', async ({ node, destination }) => {
      const folder = createFolder()
      const order = orderOf('exit', bufferBytes, { options: { path: join(folder, 'app.log') } })
      const { stderr } = await runInShell('ulimit -f 200; exec "$@"', node, destination, order)
      const inFile = linesIn(readLogs(folder))
      expect(inFile.length).toBeGreaterThan(100)
      expect(problemsOf([...inFile, ...linesIn(stderr)], COUNT)).toEqual([])
    })
  })

  test('a disk that runs full is continued on stderr', async ({ skip }) => {
    const why = await whyNoDisk()
    if (why !== undefined) skip(why)
    await each('esm', async ({ node, destination }) => {
      const folder = createFolder()
      const order = orderOf('exit', bufferBytes, { options: { path: join(folder, 'disk/app.log') } })
      const { stdout, stderr } = await run('unshare', [
        '-rm',
        'sh',
        '-c',
        `mkdir "${folder}/disk" && mount -t tmpfs -o size=256k tmpfs "${folder}/disk" && "$@"; cat "${folder}/disk/app.log"`,
        'sh',
        node,
        destination,
        JSON.stringify(order),
      ])
      const inFile = linesIn(stdout)
      expect(inFile.length).toBeGreaterThan(100)
      expect(problemsOf([...inFile, ...linesIn(stderr)], COUNT)).toEqual([])
    })
  })

  test('three processes that write and rotate one file lose nothing', async () => {
    await each('esm', async ({ node, destination }) => {
      const folder = createFolder()
      const options = { path: join(folder, 'app.log'), rotate: { maxBytes: 30_000, keepFiles: 10_000 } }
      // In the long run, compression begins while they still write.
      const lines = process.env.SOAK === undefined ? 4_000 : 16_000
      const writers = [0, 1, 2]
      const ended = await Promise.all(
        writers.map((writer) =>
          runSubject(
            node,
            destination,
            orderOf('return', bufferBytes, { lines, writer, paceMs: 40 + 10 * writer, options }),
          ),
        ),
      )
      expect(ended.map(({ stderr }) => stderr)).toEqual(['', '', ''])
      const all = linesIn(readLogs(folder))
      for (const writer of writers) {
        const own = all.filter((line) => line.writer === writer)
        expect([writer, problemsOf(own, lines)]).toEqual([writer, []])
      }
      expect(existsSync(join(folder, 'app.log.rotating'))).toBe(false)
    })
  })
})

/** Makes its output what Node makes of a pipe that it writes to by itself: one that refuses to wait. */
const NON_BLOCKING = 'use Fcntl; fcntl(STDOUT, F_SETFL, fcntl(STDOUT, F_GETFL, 0) | O_NONBLOCK); exec @ARGV'

/** Says why there can be no small disk here. */
async function whyNoDisk(): Promise<string | undefined> {
  const { code, stderr } = await run('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'])
  return code === 0 ? undefined : `no disk of its own, as unshare said: ${stderr.trim()}`
}
