import { once } from 'node:events'
import { connect } from 'node:net'
import { Worker } from 'node:worker_threads'
import { systemClock } from '@breakwater/core'
import { createManualClock } from '@breakwater/core/testing'
import { expect, onTestFinished, test, vi } from 'vitest'
import { type RunLimits, runWithin } from './run.ts'

const late = new Error('late')
const never = new AbortController().signal

function limits(some: Partial<RunLimits> = {}): RunLimits {
  return { limitMs: 100, clock: createManualClock(), signal: never, toLate: () => late, ...some }
}

test('runWithin() gives what was returned, resolved, thrown or rejected', async () => {
  const error = new Error('no')
  expect(await runWithin(() => 1, limits())).toEqual({ value: 1 })
  expect(await runWithin(async () => 2, limits())).toEqual({ value: 2 })
  expect(await runWithin(() => Promise.reject(error), limits())).toEqual({ error })
  const throws = (): never => {
    throw error
  }
  expect(await runWithin(throws, limits())).toEqual({ error })
})

test('runWithin() takes anything that can be awaited, and what cannot be read for an error', async () => {
  // biome-ignore lint/suspicious/noThenProperty: that is what is tested
  expect(await runWithin(() => ({ then: (resolve: (value: number) => void) => resolve(3) }), limits())).toEqual({
    value: 3,
  })
  const error = new Error('no')
  const unreadable = {
    // biome-ignore lint/suspicious/noThenProperty: that is what is tested
    get then(): never {
      throw error
    },
  }
  expect(await runWithin(() => unreadable, limits())).toEqual({ error })
})

test('runWithin() needs no timer for what is there at once', async () => {
  const clock = createManualClock()
  const run = runWithin(() => 1, limits({ clock }))
  expect(clock.pending).toBe(0)
  await run
})

test('runWithin() needs no timer for an async function that waits for nothing', async () => {
  const clock = createManualClock()
  const sleep = vi.spyOn(clock, 'sleep')
  const error = new Error('no')
  expect(await runWithin(async () => 1, limits({ clock }))).toEqual({ value: 1 })
  expect(await runWithin(() => Promise.reject(error), limits({ clock }))).toEqual({ error })
  expect(sleep).not.toHaveBeenCalled()
})

test('runWithin() ends at once when the run itself aborts its signal, and then hangs', async () => {
  const clock = createManualClock()
  const controller = new AbortController()
  const reason = new Error('closed')
  const hangs = (): Promise<never> => {
    controller.abort(reason)
    return new Promise(() => {})
  }
  expect(await runWithin(hangs, limits({ clock, signal: controller.signal }))).toEqual({ error: reason })
  expect(clock.pending).toBe(0)
})

test('runWithin() ends at the limit, and tells when the run ends after all', async () => {
  const clock = createManualClock()
  const onLate = vi.fn()
  const onReturn = vi.fn()
  const ended = runWithin(() => clock.sleep(150), limits({ clock, onLate, onReturn }))
  await clock.advanceAsync(100)
  expect(await ended).toEqual({ error: late })
  expect([onLate.mock.calls.length, onReturn.mock.calls.length]).toEqual([1, 0])
  await clock.advanceAsync(50)
  expect([onLate.mock.calls.length, onReturn.mock.calls.length]).toEqual([1, 1])
})

test('runWithin() swallows what a run rejects with after its time', async () => {
  const clock = createManualClock()
  const unhandled = vi.fn()
  process.on('unhandledRejection', unhandled)
  const ended = runWithin(() => clock.sleep(150).then(() => Promise.reject(new Error('x'))), limits({ clock }))
  await clock.advanceAsync(200)
  await ended
  await new Promise((resolve) => setImmediate(resolve))
  process.off('unhandledRejection', unhandled)
  expect(unhandled).not.toHaveBeenCalled()
})

test('runWithin() ends with its signal', async () => {
  const clock = createManualClock()
  const controller = new AbortController()
  let seen: AbortSignal | undefined
  const ended = runWithin(
    (signal) => {
      seen = signal
      return new Promise(() => {})
    },
    limits({ clock, signal: controller.signal }),
  )
  const reason = new Error('closed')
  controller.abort(reason)
  expect(await ended).toEqual({ error: reason })
  expect(seen?.reason).toBe(reason)
  expect(clock.pending).toBe(0)
  expect(await runWithin(() => 1, limits({ signal: controller.signal }))).toEqual({ error: reason })
})

/** Answers each piece it gets after 30 ms, from a thread that nothing blocks. */
const SLOW_ECHO = `
  const { parentPort } = require('node:worker_threads')
  const server = require('node:net').createServer((socket) => {
    socket.on('error', () => {})
    socket.on('data', (data) => setTimeout(() => socket.write(data), 30))
  })
  server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port))
`

test('runWithin() takes an answer that came in time while something blocked the loop past the limit', async () => {
  const worker = new Worker(SLOW_ECHO, { eval: true })
  onTestFinished(async () => void (await worker.terminate()))
  const [port] = await once(worker, 'message')
  const socket = connect({ port, host: '127.0.0.1' })
  onTestFinished(() => void socket.destroy())
  await once(socket, 'connect')
  const ended = runWithin(
    async () => {
      const answer = once(socket, 'data')
      socket.write('x')
      return String(await answer)
    },
    limits({ limitMs: 300, clock: systemClock }),
  )
  // Blocked from an immediate, the loop looks at its timers next, and at its sockets after.
  const block = (): void => {
    const untilMs = performance.now() + 600
    while (performance.now() < untilMs);
  }
  setTimeout(() => setImmediate(block), 5)
  expect(await ended).toEqual({ value: 'x' })
})

test('runWithin() leaves no timer behind', async () => {
  const clock = createManualClock()
  const ended = runWithin(() => clock.sleep(10), limits({ clock }))
  await clock.advanceAsync(10)
  await ended
  expect(clock.pending).toBe(0)
})
