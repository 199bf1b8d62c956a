import { setTimeout as sleep } from 'node:timers/promises'
import { createLatencies, type Latencies } from './latency.ts'

/** What became of requests. Each is one of these, and they add up to what was scheduled. */
export interface OutcomeCounts {
  /** Answered as expected. */
  ok: number
  /** Answered otherwise, such as with a 503. */
  refused: number
  /** No answer: the connection failed. */
  failed: number
  /** No answer in time. */
  late: number
  /** Not sent, as too many others were still waiting. */
  unsent: number
}

/** What a sender says of one request. */
export type Answer = 'ok' | 'refused'

/** Where the loop takes its time from; a manual clock fits. */
export interface LoopClock {
  /** Milliseconds from any start. */
  now(): number
  /**
   * Waits.
   *
   * @param delayMs Milliseconds.
   */
  sleep(delayMs: number): Promise<unknown>
}

/** How a loop sends. */
export interface OpenLoopOptions {
  /** Milliseconds from the beginning at which requests are due, ascending. */
  readonly starts: Float64Array
  /**
   * Sends one request. Resolves when its answer has been read to the end, rejects if there is none.
   *
   * @param index Which one.
   */
  send(index: number): Promise<Answer>
  /** Milliseconds from its intended start after which a request counts as late. */
  readonly timeoutMs: number
  /** The most requests that wait for an answer at once. */
  readonly maxPending: number
  /** Where the numbers go, in each of them: several runs may share one. */
  readonly into: readonly LoopNumbers[]
  /**
   * Hears of each request.
   *
   * @defaultValue nobody does
   */
  readonly watch?: LoopWatch | undefined
  /** @defaultValue the machine's */
  readonly clock?: LoopClock | undefined
}

/** What hears of each request. Milliseconds are from the beginning, or from the moment it was due. */
export interface LoopWatch {
  /**
   * It is about to be sent.
   *
   * @param lagMs How late the driver is.
   */
  sending(lagMs: number): void
  /**
   * It is settled.
   *
   * @param dueMs When it was due, from the beginning.
   * @param tookMs How long after that.
   * @param outcome What became of it.
   */
  settled(dueMs: number, tookMs: number, outcome: keyof OutcomeCounts): void
}

/** What was measured of one subject. */
export interface LoopNumbers {
  /** What became of the requests. */
  readonly outcomes: OutcomeCounts
  /** From the intended start. A request without an answer counts with the whole time limit: it is never dropped. */
  readonly all: Latencies
  /** From the intended start, of those that were answered as expected. */
  readonly accepted: Latencies
  /** From the moment of sending, of those that were answered as expected: without what the driver itself was late. */
  readonly sinceSent: Latencies
}

/** Somewhere for the numbers of a subject. */
export function createLoopNumbers(): LoopNumbers {
  return {
    outcomes: { ok: 0, refused: 0, failed: 0, late: 0, unsent: 0 },
    all: createLatencies(),
    accepted: createLatencies(),
    sinceSent: createLatencies(),
  }
}

const machineClock: LoopClock = { now: () => performance.now(), sleep: (delayMs) => sleep(delayMs) }
/** Timers are not finer than this. What a request is sent late counts as its latency. */
const TICK_MS = 1

/**
 * Sends requests when they are due, however slow the answers are, as users do, who know nothing of each other. A
 * loop that waits for an answer before it sends the next would not even ask while the server stalls, and so leave
 * the worst out.
 *
 * Ends by itself, at the latest `timeoutMs` after the last request was due. Answers that come later are ignored.
 *
 * @param options What to send, when, and where the numbers go.
 * @see Gil Tene, "How NOT to Measure Latency", on coordinated omission
 */
export async function runOpenLoop({
  starts,
  send,
  timeoutMs,
  maxPending,
  into,
  watch,
  clock = machineClock,
}: OpenLoopOptions): Promise<void> {
  const beganMs = clock.now()
  const isSettled = new Uint8Array(starts.length)
  let pending = 0
  let settled = 0
  let next = 0
  /** All before this one are settled. */
  let oldest = 0

  function settle(index: number, outcome: keyof OutcomeCounts, sentMs?: number): void {
    if (isSettled[index] === 1) return
    isSettled[index] = 1
    settled++
    const nowMs = clock.now()
    const tookMs = nowMs - beganMs - (starts[index] as number)
    const isInTime = tookMs < timeoutMs
    const isAnswered = isInTime && (outcome === 'ok' || outcome === 'refused')
    const became = isInTime || outcome === 'unsent' ? outcome : 'late'
    watch?.settled(starts[index] as number, tookMs, became)
    for (const { outcomes, all, accepted, sinceSent } of into) {
      outcomes[became]++
      all.record(isAnswered ? tookMs : Math.max(tookMs, timeoutMs))
      if (became !== 'ok') continue
      accepted.record(tookMs)
      sinceSent.record(nowMs - (sentMs ?? nowMs))
    }
  }

  function start(index: number): void {
    if (pending >= maxPending) return settle(index, 'unsent')
    pending++
    const sentMs = clock.now()
    watch?.sending(sentMs - beganMs - (starts[index] as number))
    send(index).then(
      (answer) => {
        if (isSettled[index] === 0) pending--
        settle(index, answer, sentMs)
      },
      () => {
        if (isSettled[index] === 0) pending--
        settle(index, 'failed')
      },
    )
  }

  function expire(elapsedMs: number): void {
    for (; oldest < next; oldest++) {
      if (isSettled[oldest] === 1) continue
      if (elapsedMs - (starts[oldest] as number) < timeoutMs) return
      pending--
      settle(oldest, 'late')
    }
  }

  while (settled < starts.length) {
    const elapsedMs = clock.now() - beganMs
    while (next < starts.length && (starts[next] as number) <= elapsedMs) start(next++)
    expire(elapsedMs)
    if (settled === starts.length) break
    const dueMs = next < starts.length ? (starts[next] as number) : Infinity
    // While answers are awaited and nothing is due, it still looks often enough to end on time.
    await clock.sleep(Math.min(Math.max(dueMs - elapsedMs, TICK_MS), 5))
  }
}
