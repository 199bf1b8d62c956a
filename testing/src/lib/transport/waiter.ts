import { setTimeout as sleep } from 'node:timers/promises'

/** Waits for what must happen, with a limit, so that a broken adapter fails a case and does not hang it. */
export interface Waiter {
  /**
   * Waits for a promise.
   *
   * @param promise What to wait for.
   * @param what Said if it does not come.
   */
  within<result>(promise: Promise<result>, what: string): Promise<result>
  /**
   * Waits until something holds.
   *
   * @param holds Asked every other millisecond.
   * @param what Said if it does not come to hold.
   */
  until(holds: () => boolean, what: string): Promise<void>
}

/**
 * Creates a waiter.
 *
 * @param limitMs How long it waits at most.
 */
export function createWaiter(limitMs: number): Waiter {
  return {
    async within(promise, what) {
      let timer: NodeJS.Timeout | undefined
      const limit = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new Error(`Waited ${limitMs} ms for ${what}`)), limitMs)
      })
      try {
        return await Promise.race([promise, limit])
      } finally {
        clearTimeout(timer)
      }
    },
    async until(holds, what) {
      const endsAtMs = performance.now() + limitMs
      while (!holds()) {
        if (performance.now() > endsAtMs) throw new Error(`Waited ${limitMs} ms for ${what}`)
        await sleep(2)
      }
    },
  }
}

/** Gives time to what must not happen. */
export async function quiet(): Promise<void> {
  await sleep(QUIET_MS)
}

const QUIET_MS = 25

/** A promise and its ends. */
export interface Deferred<result> {
  /** Settled by the others. */
  readonly promise: Promise<result>
  /** Fulfils it. */
  readonly resolve: (result: result) => void
}

/** Creates a promise that the case settles. */
export function defer<result = void>(): Deferred<result> {
  let resolve!: (result: result) => void
  const promise = new Promise<result>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}
