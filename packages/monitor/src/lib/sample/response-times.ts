import type { Clock, HttpExchange, HttpHook, Measurement } from '@breakwater/core'
import type { Gate } from '../gate.ts'

/** Times responses and refuses nothing: what stands in for the shedder where that is switched off. */
export class ResponseTimes implements Gate {
  readonly hook: HttpHook
  readonly demandRatio = 0
  readonly isShedding = false
  #requests = 0
  #totalMs = 0

  /** @param clock Where time comes from. */
  constructor(clock: Clock) {
    const onHead = ({ startedAtMs }: HttpExchange): void => {
      this.#requests++
      this.#totalMs += Math.max(0, clock.coarse() - startedAtMs)
    }
    this.hook = { onHead }
  }

  refresh(): void {}

  close(): void {}

  takeResponseTimes(): { readonly meanMs: number | undefined; readonly requests: number } {
    const requests = this.#requests
    const meanMs = requests === 0 ? undefined : this.#totalMs / requests
    this.#requests = 0
    this.#totalMs = 0
    return { meanMs, requests }
  }

  measure(): readonly Measurement[] {
    return []
  }
}
