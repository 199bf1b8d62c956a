import type { Measurement } from '@breakwater/core'
import { createManualClock } from '@breakwater/core/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { StagedPolicy } from '../doors.ts'
import type { OngoingCall, Stage } from '../stage.ts'
import { resolveRetryOptions } from './options.ts'
import { RetryPolicy } from './retry.ts'

/** Gives up at a time of its own, as a timeout does. */
class GivesUp extends StagedPolicy implements Stage {
  readonly kind = 'test'
  readonly mayAbort = true
  readonly stages: readonly Stage[]
  readonly #giveUp: (give: () => void) => () => void

  constructor(inner: readonly Stage[], giveUp: (give: () => void) => () => void) {
    super('test')
    this.stages = [this, ...inner]
    this.#giveUp = giveUp
  }

  enter(call: OngoingCall, slot: number): undefined {
    call.tokens[slot] = this.#giveUp(() => call.giveUp(slot, 'gave up'))
  }

  leave(call: OngoingCall, slot: number): undefined {
    const stop = call.tokens[slot] as () => void
    stop()
  }

  measure(): readonly Measurement[] {
    return []
  }
}

const atMs = fc.option(fc.integer({ min: 0, max: 300 }), { nil: undefined })
const attempt = fc.record({
  ok: fc.boolean(),
  takesMs: fc.integer({ min: 0, max: 60 }),
  asksMs: fc.integer({ min: 0, max: 80 }),
})
const schedule = fc.record({
  attempts: fc.array(attempt, { minLength: 5, maxLength: 5 }),
  maxAttempts: fc.integer({ min: 1, max: 5 }),
  dice: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  abortAtMs: atMs,
  giveUpAtMs: atMs,
  stepMs: fc.integer({ min: 1, max: 50 }),
})

test('execute() settles once, at the right time and with the right end, whoever gives up and when', async () => {
  await fc.assert(
    fc.asyncProperty(schedule, async ({ attempts, maxAttempts, dice, abortAtMs, giveUpAtMs, stepMs }) => {
      const clock = createManualClock()
      const startMs = clock.now()
      const elapsed = () => clock.now() - startMs
      const retry = new RetryPolicy(
        resolveRetryOptions({
          name: 'db',
          maxAttempts,
          baseDelayMs: 40,
          maxRetryAfterMs: 70,
          random: () => dice,
          clock,
        }),
      )
      const policy = new GivesUp([retry], (give) =>
        giveUpAtMs === undefined ? () => {} : clock.after(giveUpAtMs, give),
      )
      const controller = new AbortController()
      if (abortAtMs !== undefined) clock.after(abortAtMs, () => controller.abort('aborted'))
      const began: number[] = []
      const run = async ({ attempt: number }: { attempt: number }) => {
        const { ok, takesMs, asksMs } = attempts[number - 1] as (typeof attempts)[number]
        began.push(elapsed())
        if (takesMs > 0) await clock.sleep(takesMs)
        if (ok) return `up ${number}`
        throw { number, retryAfterMs: asksMs }
      }
      const ends: { readonly at: number; readonly end: unknown }[] = []
      const note = (end: unknown) => ends.push({ at: elapsed(), end })
      policy.execute(run, { signal: controller.signal }).then(note, note)
      for (let ms = 0; ms < 2_000; ms += stepMs) await clock.advanceAsync(stepMs)

      // The same, worked out in one go. Who gives up at the very moment of another end may be first or last.
      const expected: number[] = []
      let now = 0
      let end: unknown
      for (let number = 1; number <= maxAttempts; number++) {
        const { ok, takesMs, asksMs } = attempts[number - 1] as (typeof attempts)[number]
        expected.push(now)
        now += takesMs
        end = ok ? `up ${number}` : { number, retryAfterMs: asksMs }
        if (ok || number === maxAttempts || asksMs > 70) break
        const limitMs = 40 * 2 ** (number - 1)
        now += Math.max(dice * limitMs, asksMs)
      }
      const stopMs = Math.min(abortAtMs ?? Infinity, giveUpAtMs ?? Infinity)
      expect(ends).toHaveLength(1)
      expect(clock.pending).toBe(0)
      if (now < stopMs) {
        expect(ends).toEqual([{ at: expect.closeTo(now, 6), end }])
        expect(began).toEqual(expected.map((ms) => expect.closeTo(ms, 6)))
      } else if (now > stopMs) {
        expect(ends[0]?.at).toBe(stopMs)
        expect(['aborted', 'gave up']).toContain(ends[0]?.end)
      }
      expect(began.filter((ms) => ms > stopMs)).toEqual([])
      expect(began.length).toBeLessThanOrEqual(expected.length)
      const counted = retry.measure().filter(({ name }) => name === 'retry_calls_total')
      expect(counted.reduce((sum, { value }) => sum + (value as number), 0)).toBe(1)
    }),
    { numRuns: 100 * Number(process.env.SOAK ?? 1) },
  )
})
