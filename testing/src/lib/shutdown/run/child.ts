import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import type { SubjectEnv, SubjectLine } from '../subject/contract.ts'

const MOST_STDERR = 8_000
/** What it started may hold its streams open. */
const STREAMS_LIMIT_MS = 1_000

/** What is started. Plain data. */
export interface Subject {
  /** Its name in reports. */
  readonly name: string
  /** A script that the given Node can run, see `bundleSubject()`. */
  readonly script: string
  readonly args?: readonly string[] | undefined
  /** @defaultValue the Node that runs the harness */
  readonly node?: string | undefined
  /** On top of what the scenario tells it. It gets nothing else of the environment, but `PATH`. */
  readonly env?: Readonly<Record<string, string>> | undefined
}

/** The process of a subject. */
export interface SubjectProcess {
  /** Resolves with the first line that is one, also if it came already. Rejects if the process ends without. */
  line<line extends SubjectLine>(isOne: (line: SubjectLine) => line is line): Promise<line>
  /** Everything it told so far. */
  readonly lines: readonly SubjectLine[]
  readonly stderr: string
  /** Sends it a signal. Nothing happens where it has ended. */
  kill(signal: NodeJS.Signals): void
  /** Resolves at its end. */
  readonly gone: Promise<void>
  /** Resolves when it is gone and everything that it wrote has been read, with how and when it went. */
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null; atMs: number }>
}

/** Options of {@link startSubject}. */
export interface StartOptions {
  readonly env: SubjectEnv
  /** Whether it gets a PID namespace of its own, in which it is number 1. */
  readonly isFirst: boolean
}

/** Starts the process of a subject. Its end is the end of this process at the latest. */
export function startSubject(subject: Subject, { env, isFirst }: StartOptions): SubjectProcess {
  const { script, args = [], node = process.execPath } = subject
  const command = [node, script, ...args]
  const inside = ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child=SIGKILL', ...command]
  const [file = '', ...rest] = isFirst ? inside : command
  const child = spawn(file, rest, {
    env: { PATH: process.env.PATH, ...env, ...subject.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const lines: SubjectLine[] = []
  const waiting = new Set<() => void>()
  let stderr = ''
  let isOver = false
  let isRead = false
  createInterface({ input: child.stdout }).on('line', (text) => {
    const line = toLine(text)
    if (line === undefined) stderr = `${stderr}stdout: ${text}\n`.slice(-MOST_STDERR)
    else lines.push(line)
    wakeAll()
  })
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr = (stderr + chunk).slice(-MOST_STDERR)
  })
  const kill = (signal: NodeJS.Signals): void => {
    if (isOver) return
    const pid = isFirst ? onlyChildOf(child) : child.pid
    if (pid !== undefined) process.kill(pid, signal)
  }
  const killNow = (): void => void child.kill('SIGKILL')
  process.once('exit', killNow)
  const gone = Promise.withResolvers<void>()
  const ended = Promise.withResolvers<Awaited<SubjectProcess['ended']>>()
  child.once('error', (error) => {
    stderr += error.message
    end(null, null)
  })
  child.once('exit', end)
  return {
    lines,
    get stderr() {
      return stderr
    },
    kill,
    gone: gone.promise,
    ended: ended.promise,
    async line(isOne) {
      for (;;) {
        const found = lines.find(isOne)
        if (found) return found
        if (isRead)
          throw new Error(`The subject "${subject.name}" ended too early: ${stderr.trim() || 'it said nothing'}`)
        await new Promise<void>((resolve) => waiting.add(resolve))
      }
    },
  }

  function end(code: number | null, signal: NodeJS.Signals | null): void {
    isOver = true
    process.off('exit', killNow)
    gone.resolve()
    const how = { code, signal, atMs: performance.now() }
    const finish = (): void => {
      clearTimeout(timer)
      isRead = true
      ended.resolve(how)
      wakeAll()
    }
    const timer = setTimeout(finish, STREAMS_LIMIT_MS)
    child.once('close', finish)
  }

  function wakeAll(): void {
    for (const wake of waiting) wake()
    waiting.clear()
  }
}

function toLine(text: string): SubjectLine | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as SubjectLine) : undefined
  } catch {
    return undefined
  }
}

/** `unshare` waits for the one process that it has started, and passes no signal on. */
function onlyChildOf({ pid }: ChildProcess): number | undefined {
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    try {
      // The name of the program stands in parentheses, and may hold anything.
      const [, parent] = readFileSync(`/proc/${name}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ')
      if (Number(parent) === pid) return Number(name)
    } catch {
      // It ended meanwhile.
    }
  }
  return undefined
}
