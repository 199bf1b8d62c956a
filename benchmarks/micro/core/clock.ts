import { systemClock } from '@breakwater/core'
import { allocatesNothing, costsAtMost, isFaster } from '../../src/claims.ts'
import type { MicroGroup, MicroSubject } from '../../src/micro/subject.ts'

/** A clock that is late by more than this would be of no use, however cheap. */
const LATE_MS = 50

/** Each makes its own loop, so that the engine sees what is called there. */
function clock(name: string, create: (into: Float64Array) => (times: number) => void): MicroSubject {
  return {
    name,
    create() {
      const last = new Float64Array(1)
      const run = create(last)
      return {
        run,
        check() {
          run(1)
          const from = last[0] as number
          run(1_000)
          const passed = (last[0] as number) - from
          return passed >= 0 && passed < LATE_MS
        },
      }
    },
  }
}

const now: MicroGroup = {
  id: 'clock',
  title: 'Asking for the time',
  about:
    'One operation asks for the time, within a loop that lets no timer run: the worst case of the coarse clock, which then reads the exact one every 64 calls. The floor reads a number that somebody else would have to keep up to date.',
  floor: clock('a variable', (into) => {
    let reading = performance.now()
    return (times) => {
      for (let i = 0; i < times; i++) into[0] = reading
      reading = into[0] as number
    }
  }),
  ours: [
    clock('clock.coarse()', (into) => (times) => {
      for (let i = 0; i < times; i++) into[0] = systemClock.coarse()
    }),
    clock('clock.now()', (into) => (times) => {
      for (let i = 0; i < times; i++) into[0] = systemClock.now()
    }),
  ],
  peers: [
    clock('performance.now()', (into) => (times) => {
      for (let i = 0; i < times; i++) into[0] = performance.now()
    }),
    clock('Date.now()', (into) => (times) => {
      for (let i = 0; i < times; i++) into[0] = Date.now()
    }),
  ],
  expected: true,
  toleranceRatio: 0.05,
  claims: [
    isFaster('clock.coarse()', 5, 'performance.now()', 'Nearly free is its only reason to exist.'),
    costsAtMost('clock.now()', 1.1, 'performance.now()', 'A port must not cost what it stands for.'),
    allocatesNothing('clock.coarse()', 'It is asked thousands of times a second.'),
  ],
}

/** What time costs. */
export const clocks: readonly MicroGroup[] = [now]
