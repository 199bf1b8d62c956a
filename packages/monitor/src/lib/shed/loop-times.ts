import { performance } from 'node:perf_hooks'

/** What the event loop says of itself. */
export interface LoopTimes {
  /** Milliseconds that it has waited with nothing to do, since it began. Stands still while it works. */
  idleMs(): number
  /** How often it has gone round. */
  turns(): number
}

const timing = performance.nodeTiming as typeof performance.nodeTiming & {
  readonly uvMetricsInfo: { readonly loopCount: number }
}

/** The loop of this thread. A look at either takes some 100 ns to 200 ns. */
export const eventLoop: LoopTimes = {
  idleMs: () => timing.idleTime,
  turns: () => timing.uvMetricsInfo.loopCount,
}
