import { execFile, spawn } from 'node:child_process'
import { accessSync, constants, globSync, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import type { User } from './guard-messages.ts'
import { type Environment, isSet, type Skipped } from './service.ts'

/** Longer than all the limits in apt-install.sh together, so that it ends by itself. */
const INSTALL_LIMIT_MS = 20 * 60_000
const LOOK_UP_LIMIT_MS = 10_000
const MAX_OUTPUT = 4_000
/** Where Debian's packages put programs; not all of it is on everybody's PATH. */
const DEBIAN_FOLDERS = ['/usr/bin', '/usr/sbin']

/** What has to be there to run a service. */
export interface Program {
  /** Programs that are needed, all in one folder. The first one names it in messages. */
  readonly files: readonly [string, ...string[]]
  /** Where to look after the PATH, as glob patterns. Of several matches the one with the highest number counts. */
  readonly folders?: readonly string[] | undefined
  /** Debian's package that brings them. */
  readonly debianPackage: string
  /** System services which that package would start, and must not. */
  readonly systemServices?: readonly string[] | undefined
  /** Variable that names a running one instead, for the message. */
  readonly variable?: string | undefined
}

/** Programs that were found or installed. */
export interface FoundProgram {
  /** The folder with all of them. */
  readonly folder: string
  /** `PATH`, the folder, or `apt`. */
  readonly from: string
}

/**
 * Finds a program: on the PATH, in its own folders, or installed from Debian's packages if this is root with apt-get and
 * `TESTS_NO_INSTALL` is not set.
 *
 * @param program What is needed.
 * @param env Environment to go by.
 */
export async function provideProgram(program: Program, env: Environment): Promise<FoundProgram | Skipped> {
  const found = findProgram(program, env)
  if (found) return found
  const [name] = program.files
  const or = program.variable === undefined ? '' : `, or set ${program.variable}`
  const how = `install it (Debian: apt-get install ${program.debianPackage})${or}`
  if (isSet(env, 'TESTS_NO_INSTALL')) return { skip: `no ${name} here and TESTS_NO_INSTALL is set: ${how}` }
  const isRoot = process.getuid?.() === 0
  if (!isRoot || !inFolders(['apt-get'], searchPath(env))) return { skip: `no ${name} on the PATH: ${how}` }
  const problem = await install(program)
  if (problem !== undefined) return { skip: `apt-get could not install ${program.debianPackage}: ${problem}` }
  const installed = findProgram({ ...program, folders: [...(program.folders ?? []), ...DEBIAN_FOLDERS] }, env)
  return installed ? { ...installed, from: 'apt' } : { skip: `${program.debianPackage} brought no ${name}` }
}

function findProgram({ files, folders = [] }: Program, env: Environment): FoundProgram | undefined {
  const onPath = inFolders(files, searchPath(env))
  if (onPath !== undefined) return { folder: onPath, from: 'PATH' }
  const byVersion = new Intl.Collator('en', { numeric: true })
  const others = folders.flatMap((pattern) => globSync(pattern).sort(byVersion.compare).reverse())
  const folder = inFolders(files, others)
  return folder === undefined ? undefined : { folder, from: folder }
}

function searchPath(env: Environment): readonly string[] {
  return (env.PATH ?? '').split(delimiter).filter((folder) => folder !== '')
}

function inFolders(files: readonly string[], folders: readonly string[]): string | undefined {
  return folders.find((folder) => files.every((file) => isExecutable(join(folder, file))))
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

/** Resolves to what went wrong. */
function install({ debianPackage, systemServices = [] }: Program): Promise<string | undefined> {
  const script = join(import.meta.dirname, 'apt-install.sh')
  const startedAtMs = performance.now()
  const { promise, resolve } = Promise.withResolvers<string | undefined>()
  // One after the other, in however many processes: apt-get's own locks do not cover `update`, and the script looks
  // again once it is its turn. In a session of its own, because Ctrl-C must not stop dpkg halfway.
  const args = ['--close', '--timeout', '600', '/var/lib/dpkg', 'sh', script, debianPackage, ...systemServices]
  const child = spawn('flock', args, { detached: true, stdio: ['ignore', 'ignore', 'pipe'] })
  const timer = setTimeout(() => resolve(`it did not end within ${INSTALL_LIMIT_MS} ms`), INSTALL_LIMIT_MS)
  let output = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    process.stderr.write(text)
    output = (output + text).slice(-MAX_OUTPUT)
  })
  child.once('error', (error) => resolve(error.message))
  child.once('close', (code, by) => {
    const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1)
    if (code === 0) process.stderr.write(`[services] ${debianPackage} is there after ${seconds} s\n`)
    resolve(code === 0 ? undefined : `it ended with ${code ?? by}, ${output.trim() || 'and said nothing'}`)
  })
  return promise.finally(() => clearTimeout(timer))
}

/**
 * The user for a server that refuses to run as root: the first of these that exists, where this process is root's.
 *
 * @param names Names of users, in order.
 */
export async function unprivilegedUser(names: readonly string[]): Promise<User | undefined> {
  if (process.getuid?.() !== 0) return
  for (const name of names) {
    try {
      const [uid, gid] = await Promise.all(['-u', '-g'].map((what) => lookUp('id', [what, name])))
      return { uid: Number(uid), gid: Number(gid) }
    } catch {
      // no such user: the next one
    }
  }
  throw new Error(`Cannot run a server as another user than root: there is no user ${names.join(' or ')}`)
}

async function lookUp(file: string, args: readonly string[]): Promise<string> {
  return (await promisify(execFile)(file, args, { timeout: LOOK_UP_LIMIT_MS })).stdout.trim()
}
