import { createServer, get, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createManualClock, type ManualClock } from '@breakwater/core/testing'
import { afterEach, expect, onTestFinished, test } from 'vitest'
import { ShutdownStartedError } from './errors.ts'
import type { ShutdownEvent } from './events.ts'
import type { ShutdownOptions } from './options.ts'
import { createShutdown, type Shutdown } from './shutdown.ts'

interface Stage {
  readonly shutdown: Shutdown
  readonly clock: ManualClock
  readonly events: ShutdownEvent[]
}

afterEach(() => {
  process.exitCode = undefined
})

function create(options: ShutdownOptions = {}): Stage {
  const clock = createManualClock()
  const shutdown = createShutdown({
    signals: [],
    handleCrashes: false,
    exit: false,
    drainDelayMs: 0,
    ...options,
    clock,
  })
  const events: ShutdownEvent[] = []
  onTestFinished(shutdown.subscribe((event) => events.push(event)))
  return { shutdown, clock, events }
}

const settle = (): Promise<void> => new Promise(setImmediate)

test('begin() serves on for the delay, drains, runs the hooks, and reports', async () => {
  const { shutdown, clock, events } = create({ drainDelayMs: 1_000 })
  const order: string[] = []
  shutdown.signal.addEventListener('abort', () => order.push(`drain ${shutdown.signal.reason.kind}`))
  shutdown
    .serve(createServer(), 'web')
    .add('cache', () => order.push('cache'), { dependsOn: ['redis'] })
    .add('redis', ({ reason }) => order.push(`redis ${reason.kind}`))
  expect(shutdown.started).toBe(false)
  const report = shutdown.begin()
  expect([shutdown.started, shutdown.signal.aborted]).toEqual([true, false])
  expect(shutdown.begin()).toBe(report)
  await clock.advanceAsync(999)
  await settle()
  expect([order, shutdown.signal.aborted]).toEqual([[], false])
  await clock.advanceAsync(1)
  expect(await report).toMatchObject({
    reason: { kind: 'request' },
    outcome: 'clean',
    exitCode: 0,
    durationMs: 1_000,
    servers: [{ name: 'web', cutConnections: 0 }],
    hooks: [
      { name: 'cache', outcome: 'done' },
      { name: 'redis', outcome: 'done' },
    ],
  })
  expect(order).toEqual(['drain request', 'cache', 'redis request'])
  expect(events.map(({ type }) => type)).toEqual([
    'shutdown:started',
    'shutdown:draining',
    'shutdown:drained',
    'shutdown:finished',
  ])
  expect([process.exitCode, clock.pending]).toEqual([0, 0])
})

test('begin() reports a hook that fails, and goes on', async () => {
  const { shutdown, events } = create()
  const error = new Error('disk full')
  let isClosed = false
  shutdown
    .add('files', () => Promise.reject(error), { dependsOn: ['log'] })
    .add('log', () => {
      isClosed = true
    })
  expect(await shutdown.begin()).toMatchObject({ outcome: 'failed', exitCode: 1 })
  expect(isClosed).toBe(true)
  expect(events).toContainEqual({ type: 'hook:failed', hook: 'files', outcome: 'failed', error })
  expect(process.exitCode).toBe(1)
})

test('begin() keeps the last quarter of the deadline for the hooks', async () => {
  const { shutdown, clock } = create({ deadlineMs: 1_000 })
  let closedMs = 0
  const begunMs = clock.now()
  const clients = [{ close() {}, terminate: () => clients.splice(0) }]
  shutdown.serve({ clients }, 'sockets').add('log', () => {
    closedMs = clock.now() - begunMs
  })
  const report = shutdown.begin()
  await clock.advanceAsync(749)
  expect(closedMs).toBe(0)
  await clock.advanceAsync(1)
  expect(await report).toMatchObject({ outcome: 'forced', exitCode: 70, servers: [{ cutConnections: 1 }] })
  expect(closedMs).toBe(750)
})

test('begin() counts the time in which it stops listening', async () => {
  const { shutdown, clock } = create({ deadlineMs: 1_000 })
  const clients = [{ close() {}, terminate: () => clients.splice(0) }]
  shutdown.serve({ clients }, 'sockets').add('log', () => {})
  shutdown.subscribe(({ type }) => {
    if (type === 'shutdown:draining') clock.advance(300) // as a primary may take that does not answer
  })
  const report = shutdown.begin()
  await settle()
  await clock.advanceAsync(449)
  expect(clients).toHaveLength(1)
  await clock.advanceAsync(1)
  expect(await report).toMatchObject({ outcome: 'forced', durationMs: 750 })
})

test('begin() ends at the deadline whatever a hook does', async () => {
  const { shutdown, clock } = create({ deadlineMs: 1_000 })
  shutdown.add('hangs', () => new Promise(() => {}))
  const report = shutdown.begin()
  await clock.advanceAsync(1_000)
  expect(await report).toMatchObject({
    outcome: 'forced',
    exitCode: 70,
    durationMs: 1_000,
    hooks: [{ outcome: 'late' }],
  })
})

test('serve() and add() refuse what would not be closed any more', async () => {
  const { shutdown } = create()
  const report = shutdown.begin()
  expect(() => shutdown.add('late', () => {})).toThrow(new ShutdownStartedError('the hook "late"'))
  expect(() => shutdown.serve(createServer(), 'late')).toThrow(
    'Cannot add the server "late" as the process is stopping: close it here',
  )
  expect(() => shutdown.add('', () => {})).toThrow(TypeError)
  await report
})

test('fail() stops without a delay, and with exit code 1', async () => {
  const { shutdown } = create({ drainDelayMs: 1_000 })
  const error = new Error('no database')
  expect(await shutdown.fail(error)).toMatchObject({
    reason: { kind: 'failure', error },
    outcome: 'failed',
    exitCode: 1,
    durationMs: 0,
  })
})

test('fail() cuts a delay short', async () => {
  const { shutdown } = create({ drainDelayMs: 1_000 })
  shutdown.serve(createServer())
  const report = shutdown.begin()
  await settle()
  expect(shutdown.fail(new Error('x'))).toBe(report)
  expect(await report).toMatchObject({ outcome: 'failed', durationMs: 0 })
})

test('fail() of a start that was given up, as the process stops, is no failure', async () => {
  const { shutdown } = create()
  const report = shutdown.begin()
  expect(shutdown.fail(new ShutdownStartedError('a server'))).toBe(report)
  expect((await report).outcome).toBe('clean')
})

test('signal aborts when responses that end on it are already the last ones', async () => {
  const { shutdown, clock } = create()
  const server = createServer((_, response) => {
    shutdown.signal.addEventListener('abort', () => response.end())
  })
  shutdown.serve(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const answer = new Promise<IncomingMessage>((resolve) => get({ port, host: '127.0.0.1', agent: false }, resolve))
  await new Promise((resolve) => server.once('request', resolve))
  const report = shutdown.begin()
  expect((await answer).headers.connection).toBe('close')
  expect(await report).toMatchObject({ outcome: 'clean', servers: [{ name: 'http', answered: 1 }] })
  expect(clock.pending).toBe(0)
})

test('serve() refuses a server or a name that it has', () => {
  const { shutdown } = create()
  const server = createServer()
  shutdown.serve(server, 'web').serve(createServer()).serve(createServer())
  expect(() => shutdown.serve(server)).toThrow('Expected a server that is not served yet, got it twice')
  expect(() => shutdown.serve(createServer(), 'web')).toThrow('got "web" twice')
  expect(() => shutdown.serve(createServer(), '')).toThrow('Expected `name` to be a string that is not empty, got ""')
})

test('serve() does not touch a server that it refuses', () => {
  const { shutdown } = create()
  const server = createServer()
  const listeners = server.listenerCount('request') + server.listenerCount('connection')
  shutdown.serve(createServer(), 'web')
  expect(() => shutdown.serve(server, 'web')).toThrow('got "web" twice')
  expect(server.listenerCount('request') + server.listenerCount('connection')).toBe(listeners)
})

test('serve() names those without a name after what they are, and numbers them', async () => {
  const { shutdown } = create()
  shutdown.serve(createServer()).serve(createServer(), 'http-3').serve(createServer()).serve(createServer())
  const { servers } = await shutdown.begin()
  expect(servers.map(({ name }) => name)).toEqual(['http', 'http-3', 'http-2', 'http-4'])
})

test('begin() does not wait for who would send something to a process that has no server', async () => {
  const { shutdown, events } = create({ drainDelayMs: 5_000 })
  expect((await shutdown.begin()).durationMs).toBe(0)
  expect(events[0]).toMatchObject({ type: 'shutdown:started', drainDelayMs: 0 })
})

test('serve() refuses what it cannot drain', () => {
  const { shutdown } = create()
  expect(() => shutdown.serve({} as never)).toThrow('Expected a server of Node')
  expect(() => shutdown.serve(undefined as never)).toThrow('got undefined')
  expect(() => shutdown.serve({ isPrimary: false, clients: 1 } as never)).toThrow('got an object of Object')
})

test('measure() says whether it was told to stop', async () => {
  const { shutdown } = create()
  const numberOf = (name: string) => shutdown.measure().find((one) => one.name === name)?.value
  expect([shutdown.kind, shutdown.name, numberOf('shutdown_started')]).toEqual(['shutdown', 'process', 0])
  await shutdown.begin()
  expect([numberOf('shutdown_started'), numberOf('shutdown_answered_total')]).toEqual([1, 0])
})

test('begin() goes on where a worker of a cluster cannot be told', async () => {
  const { shutdown, events } = create()
  const error = new Error('no such process')
  const worker = {
    process: {
      kill() {
        throw error
      },
    },
    once: () => undefined,
    isDead: () => events.some(({ type }) => type === 'drain:failed'),
  }
  shutdown.serve({ isPrimary: true, workers: { 1: worker } })
  expect((await shutdown.begin()).outcome).toBe('clean')
  expect(events).toContainEqual({ type: 'drain:failed', error })
})

test('ready() and ends of a process that systemd does not know say nothing', async () => {
  const { shutdown, events } = create()
  shutdown.ready()
  await shutdown.begin()
  shutdown.ready()
  expect(events.some(({ type }) => type === 'systemd:failed')).toBe(false)
})
