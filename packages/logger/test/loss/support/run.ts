import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { lineOf, type Order, type SubjectLine } from '../subjects/contract.ts'

/** Bounds what hangs. */
const LIMIT_MS = 60_000

/** How a child ended, and what it said. */
export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a command to its end. */
export async function run(command: string, args: readonly string[]): Promise<Ended> {
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: tmpdir(),
    timeout: LIMIT_MS,
    killSignal: 'SIGKILL',
  })
  const texts = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8')
    child[name].on('data', (text: string) => {
      texts[name] += text
    })
  }
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (...ended) => resolve(ended))
  })
  return { code, signal, ...texts }
}

/** Runs a subject to its end. */
export function runSubject(node: string, script: string, order: Order): Promise<Ended> {
  return run(node, [script, JSON.stringify(order)])
}

/**
 * Runs a subject in a shell.
 *
 * @param line The shell's line, in which `"$@"` is the subject.
 */
export function runInShell(line: string, node: string, script: string, order: Order): Promise<Ended> {
  return run('sh', ['-c', line, 'sh', node, script, JSON.stringify(order)])
}

/** All log files of a folder, the oldest first, also those that are compressed. */
export function readLogs(folder: string): string {
  const names = readdirSync(folder).filter((name) => /^app\b.*\.log(\.gz)?$/.test(name))
  return names
    .sort(byAge)
    .map((name) => {
      const bytes = readFileSync(join(folder, name))
      return (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString()
    })
    .join('')
}

/** Those of one millisecond have a number; the one that is written to has no stamp. */
function byAge(a: string, b: string): number {
  const [, stampA = '~', numberA = '0'] = /^app-(.*Z)(?:-(\d+))?/.exec(a) ?? []
  const [, stampB = '~', numberB = '0'] = /^app-(.*Z)(?:-(\d+))?/.exec(b) ?? []
  return stampA < stampB ? -1 : stampA > stampB ? 1 : Number(numberA) - Number(numberB)
}

/** The subjects' lines in a text, in order. Others, such as what Node says of an error, and torn ones are left out. */
export function linesIn(text: string): readonly SubjectLine[] {
  return text.split('\n').flatMap((line) => {
    try {
      const { n, writer = 0, pad } = JSON.parse(line)
      return typeof n === 'number' && pad === lineOf(n).pad ? [{ n, writer, pad }] : []
    } catch {
      return []
    }
  })
}

/** What is wrong with some lines that should be all of them, each once, in order: nothing, if all is well. */
export function problemsOf(lines: readonly SubjectLine[], count: number, from = 0): readonly string[] {
  const problems: string[] = []
  lines.forEach(({ n }, index) => {
    if (n !== from + index && problems.length === 0) problems.push(`line ${from + index} of the output is ${n}`)
  })
  if (lines.length !== count) problems.push(`${lines.length} of ${count} lines`)
  return problems
}
