import { RefusalError } from '@breakwater/core'
import { costsAtMost, isFaster } from '../../src/claims.ts'
import type { MicroGroup, MicroSubject } from '../../src/micro/subject.ts'

interface Refusal {
  readonly code: string
  readonly retryAfterMs: number
  readonly message: string
}

const text = (retryAfterMs: number): string =>
  `Cannot call "bench" as its circuit is open: retry after ${retryAfterMs} ms`

/** Says the same without being an error. */
class PlainRefusal implements Refusal {
  readonly name = 'PlainRefusal'
  readonly code = 'ERR_BENCH'
  readonly retryAfterMs: number

  constructor(retryAfterMs: number) {
    this.retryAfterMs = retryAfterMs
  }
  get message(): string {
    return text(this.retryAfterMs)
  }
}

class OurRefusal extends RefusalError implements Refusal {
  override readonly name = 'OurRefusal'
  override readonly code = 'ERR_BENCH'
  readonly retryAfterMs: number

  constructor(retryAfterMs: number) {
    super()
    this.retryAfterMs = retryAfterMs
  }
  override get message(): string {
    return text(this.retryAfterMs)
  }
}

class UsualRefusal extends Error implements Refusal {
  override readonly name = 'UsualRefusal'
  readonly code = 'ERR_BENCH'
  readonly retryAfterMs: number

  constructor(retryAfterMs: number) {
    super(text(retryAfterMs))
    this.retryAfterMs = retryAfterMs
  }
}

/** Frames of a request that is deep in a framework; an error keeps the last ten. */
const DEPTH = 20

function atDepth(depth: number, run: () => void): void {
  if (depth === 0) run()
  else atDepth(depth - 1, run)
}

/** Each subject writes its own loop. */
function refusal(name: string, makeAll: (times: number, keep: (refusal: Refusal) => void) => void): MicroSubject {
  return {
    name,
    create() {
      let last: Refusal | undefined
      const keep = (refusal: Refusal): void => {
        last = refusal
      }
      return {
        run(times) {
          atDepth(DEPTH, () => makeAll(times, keep))
        },
        check() {
          this.run(1)
          return [last?.code, last?.retryAfterMs, last?.message]
        },
      }
    },
  }
}

const create: MicroGroup = {
  id: 'refusal',
  title: 'Making a refusal',
  about:
    'One operation makes what a refused call is rejected with, 20 frames deep. The floor is an object that is no error; the peer is an error as most write it, with its stack and its text.',
  floor: refusal('no error', (times, keep) => {
    for (let i = 0; i < times; i++) keep(new PlainRefusal(100))
  }),
  ours: [
    refusal('RefusalError', (times, keep) => {
      for (let i = 0; i < times; i++) keep(new OurRefusal(100))
    }),
  ],
  peers: [
    refusal('Error', (times, keep) => {
      for (let i = 0; i < times; i++) keep(new UsualRefusal(100))
    }),
  ],
  expected: ['ERR_BENCH', 100, text(100)],
  claims: [
    isFaster('RefusalError', 4, 'Error', 'It is thrown just when the process has least to spare.'),
    costsAtMost('RefusalError', 40, 'no error', 'An error without frames is still an error to the engine; our choice.'),
  ],
}

/** What failing costs. */
export const errors: readonly MicroGroup[] = [create]
