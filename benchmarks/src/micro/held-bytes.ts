import { setTimeout as sleep } from 'node:timers/promises'

/** What this process holds, once garbage is gone: on V8's heap, and what hangs on it outside. */
export async function heldBytes(): Promise<number> {
  const { gc } = globalThis
  if (gc === undefined) throw new Error('Cannot count bytes as the collector is out of reach: run with --expose-gc')
  for (let i = 0; i < 3; i++) {
    gc()
    await sleep(10)
  }
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
