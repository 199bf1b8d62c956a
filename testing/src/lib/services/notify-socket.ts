import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { provideProgram } from './program.ts'
import type { Environment, Service, Skipped } from './service.ts'

const START_LIMIT_MS = 10_000
/** By which `systemd-notify` knows that what it said before was read. */
const BARRIER = 'BARRIER=1'

/** Where services tell systemd how they are, and nobody but the test listens. */
export interface NotifySocket extends Service {
  /** For `NOTIFY_SOCKET`: a path, or a name that begins with `@`. */
  readonly url: string
  /** What was told so far. */
  readonly notes: readonly Note[]
}

/** What was told at once. */
export interface Note {
  /** Such as `READY=1`; several with a space between. */
  readonly text: string
  /** When, as of `performance.now()`. */
  readonly atMs: number
}

/** Options of {@link startNotifySocket}. */
export interface NotifySocketOptions {
  /**
   * Whether it has a name in place of a path, as in containers that systemd runs.
   *
   * @defaultValue `false`
   */
  readonly isAbstract?: boolean | undefined
  /** @defaultValue `process.env` */
  readonly env?: Environment | undefined
}

/**
 * Listens as systemd does, where there is a `systemd-notify` to tell it something.
 *
 * @param options Where.
 * @returns The socket, or why there is no use for one.
 */
export async function startNotifySocket(options: NotifySocketOptions = {}): Promise<NotifySocket | Skipped> {
  const { isAbstract = false, env = process.env } = options
  if (process.platform !== 'linux') return { skip: `there is no systemd on ${process.platform}` }
  const found = await provideProgram(
    { files: ['systemd-notify'], folders: ['/usr/bin'], debianPackage: 'systemd' },
    env,
  )
  if ('skip' in found) return found
  const perl = await provideProgram({ files: ['perl'], folders: ['/usr/bin'], debianPackage: 'perl-base' }, env)
  if ('skip' in perl) return perl
  const folder = mkdtempSync(join(tmpdir(), 'breakwater-notify-'))
  const url = isAbstract ? `@breakwater-${randomBytes(8).toString('hex')}` : join(folder, 'socket')
  const notes: Note[] = []
  const forget = (): void => rmSync(folder, { recursive: true, force: true })
  try {
    const stop = await listen(join(perl.folder, 'perl'), url, (text) => {
      if (text !== BARRIER) notes.push({ text, atMs: performance.now() })
    })
    const end = (): Promise<void> => stop().finally(forget)
    return { url, from: found.from, notes, stop: end, [Symbol.asyncDispose]: end }
  } catch (error) {
    forget()
    throw error
  }
}

/** Resolves to what ends it, when it listens. Its end is the end of this process at the latest, as its input ends then. */
async function listen(perl: string, url: string, onLine: (text: string) => void): Promise<() => Promise<void>> {
  const child = spawn(perl, [join(import.meta.dirname, 'notify-socket.pl'), url], { stdio: ['pipe', 'pipe', 'pipe'] })
  const bound = Promise.withResolvers<void>()
  const ended = Promise.withResolvers<void>()
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  createInterface({ input: child.stdout }).on('line', (text) => (text === 'bound' ? bound.resolve() : onLine(text)))
  child.once('error', bound.reject)
  child.once('close', (code, by) => {
    bound.reject(new Error(`Cannot listen as systemd does, as perl ended with ${code ?? by}: ${stderr.trim()}`))
    ended.resolve()
  })
  const timer = setTimeout(() => {
    bound.reject(new Error(`Cannot listen as systemd does: perl said nothing within ${START_LIMIT_MS} ms`))
    child.kill('SIGKILL')
  }, START_LIMIT_MS)
  await bound.promise.finally(() => clearTimeout(timer))
  return () => {
    child.stdin.end()
    return ended.promise
  }
}
