import { createRandom } from '@breakwater/testing/simulation'
import type { MonitorEvent } from '../../src/lib/events.ts'
import { LeakDetector } from '../../src/lib/leak/leak-detector.ts'
import { type LeakOptions, resolveLeakOptions } from '../../src/lib/leak/options.ts'

/** A process, what its collections leave, and when they come. */
export interface SimulatedHeap {
  /** Bytes that are in use, hours after the start. */
  readonly bytes: (hours: number) => number
  /** Bytes by which what a collection leaves differs from that, up or down. */
  readonly noiseBytes: number
  /** Milliseconds from one collection to the next; on average, if they come by chance. */
  readonly everyMs: number
  readonly hours: number
  readonly limitBytes: number
  readonly seed: number
  readonly options?: LeakOptions
}

/** What was told, and when. */
export interface LeakVerdict {
  /** Minutes after the start at which a leak was first suspected. */
  readonly foundAfterMinutes: number | undefined
  /** Kinds of events. */
  readonly told: readonly MonitorEvent['type'][]
  readonly events: readonly MonitorEvent[]
  readonly detector: LeakDetector
}

/** Runs a process for hours. */
export function watchHeap(heap: SimulatedHeap): LeakVerdict {
  const random = createRandom(heap.seed)
  const events: MonitorEvent[] = []
  let foundAfterMinutes: number | undefined
  let ms = 0
  const detector = new LeakDetector(resolveLeakOptions(heap.options ?? {}), 0, (event) => {
    events.push(event)
    if (event.type === 'leak:suspected') foundAfterMinutes ??= ms / 60_000
  })
  while (ms < heap.hours * 3_600_000) {
    ms += heap.everyMs * (0.5 + random())
    const noise = (random() + random() + random() - 1.5) * (2 / 3) * heap.noiseBytes
    const retained = Math.max(0, heap.bytes(ms / 3_600_000) + noise)
    detector.add(ms, retained, heap.limitBytes - retained)
  }
  return { foundAfterMinutes, told: events.map(({ type }) => type), events, detector }
}
