import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { createGuard, type Guard, type GuardOptions } from './guard.ts'
import type { ServerCommand, Task } from './guard-messages.ts'
import { isRunning } from './process-tree.ts'

// Processes are started, which takes as long as it takes.
vi.setConfig({ expect: { poll: { timeout: 15_000 } } })

const guards: Guard[] = []
const env = { PATH: process.env.PATH ?? '' }

async function create(options: Partial<GuardOptions> = {}): Promise<Guard> {
  const guard = await createGuard({ name: 'trial', ...options })
  guards.push(guard)
  return guard
}

function shell(script: string, limitMs = 10_000): Task {
  return { file: 'sh', args: ['-c', script], env, limitMs }
}

function server(script: string, stopLimitMs = 10_000): ServerCommand {
  return { file: 'sh', args: ['-c', script], env, stopSignal: 'SIGTERM', stopLimitMs, logFile: 'log' }
}

afterEach(() => Promise.all(guards.splice(0).map((guard) => guard.close())))

test('createGuard() makes a directory, close() removes it with all that is in it', async () => {
  const guard = await create()
  writeFileSync(join(guard.directory, 'file'), '')
  await guard.close()
  expect(existsSync(guard.directory)).toBe(false)
})

test('close() can be called twice', async () => {
  const guard = await create()
  await Promise.all([guard.close(), guard.close()])
  await guard.close()
})

test('run() runs in the directory, with no other environment than the given one', async () => {
  const guard = await create()
  await guard.run(shell('env > environment'))
  const names = readFileSync(join(guard.directory, 'environment'), 'utf8').match(/^\w+/gm)
  expect(names).not.toContain('NODE_CHANNEL_FD')
  expect(names).not.toContain('NODE_COMPILE_CACHE')
})

test('run() rejects with what a failing program wrote', async () => {
  const guard = await create()
  await expect(guard.run(shell('echo no luck; exit 3'))).rejects.toThrow('sh ended with 3: no luck')
})

test('run() rejects if there is no such program', async () => {
  const guard = await create()
  await expect(guard.run({ ...shell(''), file: 'no-such-program' })).rejects.toThrow('no-such-program ENOENT')
})

test('run() kills a program that takes too long, with its child processes', async () => {
  const guard = await create()
  // Time enough for the shell to start its child.
  await expect(guard.run(shell('sleep 60 & echo $! > pid; wait', 1_000))).rejects.toThrow('did not end within 1000 ms')
  const pid = Number(readFileSync(join(guard.directory, 'pid'), 'utf8'))
  await expect.poll(() => isRunning(pid)).toBe(false)
})

test('start() rejects if there is no such program', async () => {
  const guard = await create()
  await expect(guard.start({ ...server(''), file: 'no-such-program' })).rejects.toThrow('no-such-program ENOENT')
})

test('start() keeps what the server logs, and how it ended', async () => {
  const guard = await create()
  const { log, ...rest } = await guard.start(server('echo out; echo err >&2; exit 7'))
  await rest.stop()
  const again = await guard.start(server('echo again; exit 7'))
  await expect.poll(() => again.ended).toBe('7')
  expect(log()).toBe('out\nerr\nagain')
})

test('stop() kills a server that does not end when asked to', async () => {
  const guard = await create()
  const stubborn = await guard.start(server("trap '' TERM; echo ready; while :; do sleep 1; done", 300))
  await expect.poll(() => stubborn.log()).toBe('ready')
  await stubborn.stop()
  expect(stubborn.ended).toBe('SIGKILL')
})

test('stop() ends a server that is paused', async () => {
  const guard = await create()
  const paused = await guard.start(server('exec sleep 60'))
  await paused.pause()
  await paused.stop()
  expect(paused.ended).toBe('SIGTERM')
})

test('kill() resolves when the server and its child processes are gone', async () => {
  const guard = await create()
  const parent = await guard.start(server('sleep 60 & echo $!; wait'))
  await expect.poll(() => parent.log()).toMatch(/^\d+$/)
  const child = Number(parent.log())
  await parent.kill()
  expect([parent.ended, isRunning(parent.pid), isRunning(child)]).toEqual(['SIGKILL', false, false])
})

test('kill() and the others do nothing to a server that has ended', async () => {
  const guard = await create()
  const ended = await guard.start(server('exit 0'))
  await expect.poll(() => ended.ended).toBe('0')
  for (const name of ['kill', 'pause', 'resume', 'stop'] as const) await ended[name]()
})

test('close() runs the last task after the servers and before the directory goes', async () => {
  const elsewhere = await create()
  const guard = await create({ last: shell(`cp log ${elsewhere.directory}/kept`) })
  const running = await guard.start(server("trap 'echo ended; exit' TERM; echo ready; while :; do sleep 0.01; done"))
  await expect.poll(() => running.log()).toBe('ready')
  await guard.close()
  expect(readFileSync(join(elsewhere.directory, 'kept'), 'utf8')).toBe('ready\nended\n')
})

test('close() says why something could not be cleaned up, and cleans up the rest', async () => {
  const guard = await createGuard({ name: 'trial', last: shell('echo no such thing; exit 1') })
  await expect(guard.close()).rejects.toThrow('Cannot clean up after the test servers: sh ended with 1: no such thing')
  expect(existsSync(guard.directory)).toBe(false)
})

test('a request to a guard that is gone is rejected', async () => {
  const guard = await create()
  await guard.close()
  await expect(guard.run(shell('true'))).rejects.toThrow('Cannot ask the guard for "run" as it has ended')
})
