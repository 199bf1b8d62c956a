import { spawn } from 'node:child_process'
import { getEventListeners } from 'node:events'
import { afterEach, expect, test, vi } from 'vitest'
import { systemClock } from './clock.ts'

const DAY_MS = 24 * 60 * 60 * 1_000

afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

/** A clock whose time is set by hand, and timers that never fire: an event loop that is blocked. */
function blockLoop(): { nowMs: number } {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const time = { nowMs: 1_000_000 }
  vi.spyOn(performance, 'now').mockImplementation(() => time.nowMs)
  return time
}

/** Runs code with the clock in a process of its own. Resolves with what it printed, once it has ended by itself. */
function runAlone(code: string): Promise<string> {
  const source = `import { systemClock } from ${JSON.stringify(new URL('./clock.ts', import.meta.url))}\n${code}`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', source], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 20_000,
  })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    output += chunk
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve(`${output}${code ?? signal}`))
  })
}

test('now() does not follow the wall clock', () => {
  vi.useFakeTimers({ toFake: ['Date'], now: 0 })
  const before = systemClock.now()
  vi.setSystemTime(5 * DAY_MS)
  expect(systemClock.now() - before).toBeLessThan(DAY_MS)
  expect(systemClock.epoch()).toBe(5 * DAY_MS)
})

test('now() and epoch() follow fake timers installed later', () => {
  vi.useFakeTimers({ now: 1_000 })
  const before = systemClock.now()
  vi.advanceTimersByTime(250)
  expect(systemClock.now() - before).toBe(250)
  expect(systemClock.epoch()).toBe(1_250)
})

test('after() runs when the delay has passed, once', () => {
  vi.useFakeTimers()
  const run = vi.fn()
  systemClock.after(1_000, run)
  vi.advanceTimersByTime(999)
  expect(run).not.toHaveBeenCalled()
  vi.advanceTimersByTime(1)
  expect(run).toHaveBeenCalledTimes(1)
  vi.advanceTimersByTime(DAY_MS)
  expect(run).toHaveBeenCalledTimes(1)
})

test.each([2 ** 31 - 1, 2 ** 31, 60 * DAY_MS, 2 ** 31 - 0.5])('after() honours a delay of %d ms', (delayMs) => {
  vi.useFakeTimers()
  const run = vi.fn()
  systemClock.after(delayMs, run)
  vi.advanceTimersByTime(Math.ceil(delayMs) - 1)
  expect(run).not.toHaveBeenCalled()
  vi.advanceTimersByTime(1)
  expect(run).toHaveBeenCalledTimes(1)
  expect(vi.getTimerCount()).toBe(0)
})

test('after() can be called off, also in a later stretch of a long delay', () => {
  vi.useFakeTimers()
  const run = vi.fn()
  const stop = systemClock.after(60 * DAY_MS, run)
  vi.advanceTimersByTime(30 * DAY_MS)
  stop()
  expect(vi.getTimerCount()).toBe(0)
  vi.advanceTimersByTime(60 * DAY_MS)
  expect(run).not.toHaveBeenCalled()
})

test('after() may be called off twice, and after it ran', () => {
  vi.useFakeTimers()
  const run = vi.fn()
  const stop = systemClock.after(1, run)
  vi.advanceTimersByTime(1)
  stop()
  stop()
  expect(run).toHaveBeenCalledTimes(1)
})

test('after() works with fake timers that leave the clock alone', () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const run = vi.fn()
  systemClock.after(60 * DAY_MS, run)
  vi.advanceTimersByTime(60 * DAY_MS)
  expect(run).toHaveBeenCalledTimes(1)
})

test('after() never runs early by now()', async () => {
  const earlyMs = await Promise.all(
    Array.from({ length: 200 }, (_, index) => {
      const delayMs = index / 20
      const startedAtMs = systemClock.now()
      return new Promise<number>((resolve) => {
        systemClock.after(delayMs, () => resolve(delayMs - (systemClock.now() - startedAtMs)))
      })
    }),
  )
  expect(Math.max(...earlyMs)).toBeLessThanOrEqual(1e-9)
})

test.each([-1, Number.NaN, Infinity])('after() refuses a delay of %d ms', (delayMs) => {
  expect(() => systemClock.after(delayMs, () => {})).toThrow(
    new RangeError(`Expected \`delayMs\` to be a number of milliseconds of at least 0, got ${delayMs}`),
  )
})

test('after() does not keep the process alive', async () => {
  expect(await runAlone(`systemClock.after(60_000, () => console.log('ran'))`)).toBe('0')
})

test('after() does not keep the process alive in a later stretch of a long delay', async () => {
  // The clock jumps where a stretch ends.
  expect(
    await runAlone(`
      const { setTimeout } = globalThis
      globalThis.setTimeout = (run, delayMs, ...rest) => setTimeout(run, 1, ...rest)
      systemClock.after(3 * 2 ** 31, () => console.log('ran'))
      globalThis.setTimeout = setTimeout
      await new Promise((resolve) => setTimeout(resolve, 50))
      console.log(process.getActiveResourcesInfo().includes('Timeout'))
    `),
  ).toBe('false\n0')
})

test('sleep() keeps the process alive', async () => {
  expect(await runAlone(`systemClock.sleep(20).then(() => console.log('slept'))`)).toBe('slept\n0')
})

test('sleep() resolves when the delay has passed', async () => {
  vi.useFakeTimers()
  const done = vi.fn()
  const sleeping = systemClock.sleep(60 * DAY_MS).then(done)
  await vi.advanceTimersByTimeAsync(60 * DAY_MS - 1)
  expect(done).not.toHaveBeenCalled()
  await vi.advanceTimersByTimeAsync(1)
  await sleeping
  expect(done).toHaveBeenCalledTimes(1)
})

test('sleep() leaves no listener on a signal that never aborted', async () => {
  vi.useFakeTimers()
  const { signal } = new AbortController()
  const sleeping = systemClock.sleep(5, { signal })
  expect(getEventListeners(signal, 'abort')).toHaveLength(1)
  await vi.advanceTimersByTimeAsync(5)
  await sleeping
  expect(getEventListeners(signal, 'abort')).toHaveLength(0)
})

test('sleep() rejects with the reason of an abort, and leaves neither timer nor listener', async () => {
  vi.useFakeTimers()
  const controller = new AbortController()
  const reason = { why: 'changed my mind' }
  const sleeping = systemClock.sleep(5, { signal: controller.signal })
  controller.abort(reason)
  await expect(sleeping).rejects.toBe(reason)
  expect(vi.getTimerCount()).toBe(0)
  expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0)
})

test('sleep() does not begin where the signal is aborted already', async () => {
  vi.useFakeTimers()
  const signal = AbortSignal.abort('no')
  await expect(systemClock.sleep(5, { signal })).rejects.toBe('no')
  expect(vi.getTimerCount()).toBe(0)
  expect(getEventListeners(signal, 'abort')).toHaveLength(0)
})

test('sleep() rejects a bad delay, and leaves no listener', async () => {
  const { signal } = new AbortController()
  await expect(systemClock.sleep(-1, { signal })).rejects.toThrow(RangeError)
  expect(getEventListeners(signal, 'abort')).toHaveLength(0)
})

test('coarse() is now(), at most a little late', async () => {
  for (let turn = 0; turn < 20; turn++) {
    const before = systemClock.now()
    const coarse = systemClock.coarse()
    expect(coarse).toBeLessThanOrEqual(systemClock.now())
    // Generous, as the machine that runs this may be late itself.
    expect(coarse).toBeGreaterThan(before - 1_000)
    await new Promise((resolve) => setImmediate(resolve))
  }
})

test('coarse() keeps one reading for 5 ms of a free event loop', () => {
  vi.useFakeTimers()
  for (let call = 0; call < 80; call++) systemClock.coarse()
  const reading = systemClock.coarse()
  vi.advanceTimersByTime(4)
  expect(systemClock.coarse()).toBe(reading)
  vi.advanceTimersByTime(1)
  expect(systemClock.coarse()).toBe(reading + 5)
})

test('coarse() never goes back', () => {
  let last = systemClock.coarse()
  for (let call = 0; call < 100_000; call++) {
    const next = systemClock.coarse()
    if (next < last) expect.fail(`went back by ${last - next} ms at call ${call}`)
    last = next
  }
})

test('coarse() lets at most 64 calls share a reading while the event loop is blocked', () => {
  const time = blockLoop()
  for (let call = 0; call < 1_000; call++) systemClock.coarse()
  const readings = new Map<number, number>()
  for (let call = 0; call < 1_000; call++) {
    time.nowMs += 1e-3
    const reading = systemClock.coarse()
    readings.set(reading, (readings.get(reading) ?? 0) + 1)
  }
  expect(Math.max(...readings.values())).toBe(64)
})

test('coarse() notices that calls are slow while the event loop is blocked', () => {
  const time = blockLoop()
  for (let call = 0; call < 1_000; call++) systemClock.coarse()
  for (let call = 0; call < 64; call++, time.nowMs += 2) systemClock.coarse()
  let latestMs = 0
  for (let call = 0; call < 1_000; call++, time.nowMs += 2)
    latestMs = Math.max(latestMs, time.nowMs - systemClock.coarse())
  expect(latestMs).toBeLessThanOrEqual(6)
})

test('coarse() is exact as soon as fake timers come', () => {
  systemClock.coarse()
  vi.useFakeTimers()
  expect(systemClock.coarse()).toBe(systemClock.now())
  vi.advanceTimersByTime(DAY_MS)
  expect(systemClock.coarse()).toBe(systemClock.now())
})

test('coarse() is right as soon as fake timers are gone', () => {
  vi.useFakeTimers()
  vi.advanceTimersByTime(DAY_MS)
  for (let call = 0; call < 1_000; call++) systemClock.coarse()
  vi.useRealTimers()
  const before = systemClock.now()
  expect(systemClock.coarse()).toBeGreaterThanOrEqual(before)
})

test('coarse() recovers when its timer was cleared away', () => {
  vi.useFakeTimers()
  for (let call = 0; call < 1_000; call++) systemClock.coarse()
  vi.clearAllTimers()
  vi.advanceTimersByTime(DAY_MS)
  for (let call = 0; call < 64; call++) systemClock.coarse()
  expect(systemClock.coarse()).toBe(systemClock.now())
  vi.advanceTimersByTime(5)
  expect(systemClock.coarse()).toBe(systemClock.now())
})

test('coarse() has one timer while it is asked, and none when idle', () => {
  vi.useFakeTimers()
  for (let call = 0; call < 1_000; call++) systemClock.coarse()
  expect(vi.getTimerCount()).toBe(1)
  vi.advanceTimersByTime(5)
  expect(vi.getTimerCount()).toBe(0)
})

test('coarse() is exact and takes no timer where it is asked seldom', () => {
  vi.useFakeTimers()
  for (let call = 0; call < 1_000; call++) systemClock.coarse()
  vi.advanceTimersByTime(10)
  for (let call = 1; call <= 1_000; call++) {
    expect(systemClock.coarse()).toBe(systemClock.now())
    if (call % 10 === 0) vi.advanceTimersByTime(1)
  }
  expect(vi.getTimerCount()).toBe(0)
})

test('coarse() does not keep the process alive', async () => {
  expect(
    await runAlone(`
      globalThis.setTimeout = ((setTimeout) => (run) => setTimeout(run, 60_000))(setTimeout)
      for (let call = 0; call < 1_000; call++) systemClock.coarse()
      console.log(process.getActiveResourcesInfo().includes('Timeout'))
    `),
  ).toBe('false\n0')
})
