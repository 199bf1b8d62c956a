import { createDependency } from '@breakwater/resilience/testing'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { itsCockatiel, itsOpossum, type Library, ours } from './peer-policies.ts'

/** A failure that is known, and a trial that shows it. */
interface Finding {
  readonly finding: string
  readonly library: Library
  /** Passes if the library does not fail that way. */
  trial(library: Library): Promise<void>
  /** What the trial says of it. */
  readonly says: RegExp
}

const findings: readonly Finding[] = [
  {
    finding: 'an abort during the backoff of cockatiel waits the whole delay, and then runs once more',
    library: itsCockatiel,
    says: /it is settled/,
    async trial({ retry }) {
      const dependency = createDependency()
      const controller = new AbortController()
      const calling = watch(retry(1_000).execute(dependency.call, controller.signal))
      dependency.fail(new Error('down'))
      await turns()
      controller.abort()
      await turns()
      expect(calling.settled, 'it is settled').toBe(true)
      expect(calling.error).toBe(controller.signal.reason)
      await vi.advanceTimersByTimeAsync(10_000)
      expect(dependency.calls).toHaveLength(1)
    },
  },
  {
    finding: 'a timeout of cockatiel over 2^31-1 ms fires after 1 ms',
    library: itsCockatiel,
    says: /it is under way/,
    async trial({ timeout }) {
      const dependency = createDependency()
      const calling = watch(timeout(2 ** 31).execute(dependency.call))
      await vi.advanceTimersByTimeAsync(1_000)
      expect(calling.settled, 'it is under way').toBe(false)
      dependency.succeed()
      await turns()
      expect(calling.settled).toBe(true)
    },
  },
  {
    finding: 'a queued call of cockatiel is rejected when newcomers arrive',
    library: itsCockatiel,
    says: /whoever waited first goes first/,
    async trial({ bulkhead }) {
      const dependency = createDependency()
      const runner = bulkhead(1, 1)
      watch(runner.execute(dependency.call))
      const queued = watch(runner.execute(async () => 'queued'))
      dependency.succeed()
      for (let turn = 0; turn < 20; turn++) {
        await undefined
        for (let newcomer = 0; newcomer < 2; newcomer++) watch(runner.execute(() => new Promise(() => {})))
      }
      await turns()
      expect(queued, 'whoever waited first goes first').toMatchObject({ settled: true, error: undefined })
    },
  },
  {
    finding: 'a caller who gives up hears of a timeout of cockatiel',
    library: itsCockatiel,
    says: /it is no timeout/,
    async trial({ timeout, isTimeout }) {
      const controller = new AbortController()
      const calling = watch(timeout(1_000).execute(() => new Promise(() => {}), controller.signal))
      await turns()
      controller.abort()
      await turns()
      expect(calling.settled).toBe(true)
      expect(isTimeout(calling.error), 'it is no timeout').toBe(false)
      expect(calling.error).toBe(controller.signal.reason)
    },
  },
  {
    finding: 'one timeout of opossum aborts other healthy calls',
    library: itsOpossum,
    says: /the other one goes on/,
    async trial({ timeout, isTimeout }) {
      const dependency = createDependency({ isDeaf: true })
      const runner = timeout(100)
      const late = watch(runner.execute(dependency.call))
      await vi.advanceTimersByTimeAsync(90)
      watch(runner.execute(dependency.call))
      const healthy = dependency.calls[1]?.signal
      await vi.advanceTimersByTimeAsync(20)
      expect(isTimeout(late.error)).toBe(true)
      expect(healthy?.aborted, 'the other one goes on').toBe(false)
    },
  },
  {
    finding: 'two policies of opossum made of one options object share their cache',
    library: itsOpossum,
    says: /each has its own/,
    async trial({ twins }) {
      const [one, other] = twins(1_000)
      expect(await one.execute(async () => 'one')).toBe('one')
      expect(await other.execute(async () => 'other'), 'each has its own').toBe('other')
    },
  },
]

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date', 'performance', 'setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] })
})
afterEach(() => {
  vi.useRealTimers()
})

describe.for(findings)('$finding', ({ library, trial, says }) => {
  test('the trial shows it', async () => {
    await expect(trial(library)).rejects.toThrow(says)
  })

  test('ours holds', () => trial(ours))
})

interface Watched {
  settled: boolean
  error: unknown
}

/** How a call stands, with nothing left unhandled. */
function watch(calling: Promise<unknown>): Watched {
  const watched: Watched = { settled: false, error: undefined }
  calling.then(
    () => {
      watched.settled = true
    },
    (error) => {
      watched.settled = true
      watched.error = error
    },
  )
  return watched
}

/** By then all has settled that can without time. */
function turns(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
