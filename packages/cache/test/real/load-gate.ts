import { sharedNow } from './messages.ts'

const SEE_LIMIT_MS = 5_000

/** Holds loaders up once they have read the source, until they may go. */
export class LoadGate {
  #gate: Promise<void> | undefined
  #open = (): void => {}
  #waiting = 0

  /** From now on, whoever comes waits. */
  close(): void {
    this.#gate = new Promise((resolve) => {
      this.#open = resolve
    })
  }

  /** All that wait go on. */
  open(): void {
    this.#open()
    this.#gate = undefined
  }

  async pass(): Promise<void> {
    if (this.#gate === undefined) return
    this.#waiting++
    await this.#gate
    this.#waiting--
  }

  /** When somebody waits. */
  async seeWaiting(): Promise<void> {
    const limitMs = sharedNow() + SEE_LIMIT_MS
    while (this.#waiting === 0) {
      if (sharedNow() > limitMs) throw new Error(`No loader has begun after ${SEE_LIMIT_MS} ms`)
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
  }
}
