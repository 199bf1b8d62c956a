/**
 * The guard: a process of its own that holds servers and their directory for a process that may die at any moment.
 * When the channel to that one closes (it ended, crashed or was killed), the guard ends the servers, removes the
 * directory and ends. It is the leader of a session of its own, so Ctrl-C does not reach it, nor its servers.
 */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, closeSync, mkdtempSync, openSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type {
  Command,
  GuardMessage,
  GuardQuestion,
  GuardRequest,
  OpenRequest,
  ServerCommand,
  Task,
} from './guard-messages.ts'
import { family, freezeTree, isRunning, killTree, signal, thawTree } from './process-tree.ts'

const GONE_LIMIT_MS = 5_000
const GONE_EVERY_MS = 5
/** Characters kept of a task's output. */
const MAX_OUTPUT = 4_000

let directory: string | undefined
let last: Task | undefined
let isEnding = false
const servers = new Map<number, { readonly child: ChildProcess; readonly command: ServerCommand }>()
const tasks = new Set<ChildProcess>()

process.on('message', (question: GuardQuestion) => void answer(question))
process.on('disconnect', () => void end())
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => void end())
process.on('uncaughtException', (error) => {
  tell({ type: 'stuck', message: error.message })
  void end()
})

async function answer({ id, request }: GuardQuestion): Promise<void> {
  try {
    if (isEnding) throw new Error('The guard is ending')
    tell({ type: 'done', id, value: await obey(request) })
  } catch (error) {
    tell({ type: 'failed', id, message: (error as Error).message })
  }
}

function obey(request: GuardRequest): Promise<string | number | undefined> | string | undefined {
  if (request.type === 'open') return open(request)
  if (request.type === 'run') return run(request.task)
  if (request.type === 'start') return start(request.server)
  // A server that is gone has nothing to be stopped, and its pid may be somebody else's by now.
  if (!servers.has(request.pid)) return
  if (request.type === 'pause') return void freezeTree(request.pid)
  if (request.type === 'resume') return void thawTree(request.pid)
  return request.type === 'kill' ? kill(request.pid) : stop(request.pid)
}

function open(request: OpenRequest): string {
  directory = mkdtempSync(request.prefix)
  if (request.user) chownSync(directory, request.user.uid, request.user.gid)
  last = request.last
  return directory
}

async function run(task: Task): Promise<undefined> {
  const child = launch(task, ['ignore', 'pipe', 'pipe'])
  tasks.add(child)
  let output = ''
  const keep = (chunk: Buffer): void => {
    output = (output + chunk).slice(-MAX_OUTPUT)
  }
  child.stdout?.on('data', keep)
  child.stderr?.on('data', keep)
  let isLate = false
  const timer = setTimeout(() => {
    isLate = true
    if (child.pid) killTree(child.pid)
  }, task.limitMs)
  try {
    const [code, by] = await once(child, 'close')
    if (isLate) throw new Error(`${task.file} did not end within ${task.limitMs} ms: ${output.trim()}`)
    if (code !== 0) throw new Error(`${task.file} ended with ${code ?? by}: ${output.trim()}`)
  } finally {
    clearTimeout(timer)
    tasks.delete(child)
  }
}

async function start(command: ServerCommand): Promise<number> {
  const log = openSync(join(directory ?? '', command.logFile), 'a')
  const child = launch(command, ['ignore', log, log])
  closeSync(log)
  if (child.pid === undefined) throw (await once(child, 'error'))[0]
  const { pid } = child
  servers.set(pid, { child, command })
  child.once('exit', (code, by) => {
    servers.delete(pid)
    tell({ type: 'exited', pid, how: String(code ?? by) })
  })
  return pid
}

function launch({ file, args, env, user }: Command, stdio: SpawnOptions['stdio'] & object): ChildProcess {
  return spawn(file, args, { cwd: directory, env, ...user, stdio })
}

async function kill(pid: number): Promise<undefined> {
  await untilGone(killTree(pid), GONE_LIMIT_MS)
}

async function stop(pid: number): Promise<undefined> {
  const server = servers.get(pid)
  if (!server) return
  const { stopSignal, stopLimitMs } = server.command
  const members = family(pid)
  signal(pid, stopSignal)
  thawTree(pid) // if it is paused it hears the signal only now
  try {
    await untilGone(members, stopLimitMs)
  } catch {
    for (const member of members) killTree(member)
    await untilGone(members, GONE_LIMIT_MS)
  }
}

async function untilGone(members: readonly number[], limitMs: number): Promise<void> {
  const until = performance.now() + limitMs
  // A server's own `exit` event matters as well: the next request must see it.
  while (members.some((member) => servers.has(member) || isRunning(member))) {
    if (performance.now() > until) throw new Error(`Processes ${members.join(', ')} did not end within ${limitMs} ms`)
    await sleep(GONE_EVERY_MS)
  }
}

async function end(): Promise<void> {
  if (isEnding) return
  isEnding = true
  for (const task of tasks) await attempt(() => task.pid && killTree(task.pid))
  await Promise.all([...servers.keys()].map((pid) => attempt(() => stop(pid))))
  await attempt(() => last && run(last))
  await attempt(() => directory && rmSync(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 }))
  process.exit()
}

/** One step that fails must not keep the next ones from being done. */
async function attempt(step: () => unknown): Promise<void> {
  try {
    await step()
  } catch (error) {
    tell({ type: 'stuck', message: (error as Error).message })
  }
}

/** Nobody listens any more once the other process is dead. */
function tell(message: GuardMessage): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => {})
}
