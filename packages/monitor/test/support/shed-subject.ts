import type { HttpExchange, HttpReply } from '@breakwater/core'
import { createManualClock, type ManualClock } from '@breakwater/core/testing'
import type { ShedEvent } from '../../src/lib/shed/events.ts'
import { resolveShedOptions, type ShedOptions } from '../../src/lib/shed/options.ts'
import { Shedder } from '../../src/lib/shed/shedder.ts'

/** What a fake request is. */
export interface RequestFields {
  readonly path?: string
  readonly status?: number
  readonly route?: string | undefined
  /** When it came in, if that is not now. */
  readonly startedAtMs?: number
}

/** A request that was shown to a shedder. */
export interface ShownRequest {
  readonly exchange: HttpExchange
  /** What it was refused with. */
  readonly reply: HttpReply | undefined
  /** Its head goes out. */
  head(): void
  /** It is over. */
  end(): void
}

/** A shedder whose time and whose loop stand still until they are moved. */
export interface ShedSubject {
  readonly shedder: Shedder
  readonly clock: ManualClock
  readonly events: ShedEvent[]
  /** Shows it a request. */
  request(fields?: RequestFields): ShownRequest
  /** Shows it so many, and counts those that were let in. */
  letIn(count: number, fields?: RequestFields): number
  /** Lets time pass, in which the loop waits and then begins a new turn. */
  idle(ms: number): void
  /** Lets time pass, in which the loop works without coming to an end of its turn. */
  work(ms: number): void
  /** A number of its own, such as `monitor_requests_refused_total concurrency`. */
  number(name: string): number | undefined
}

/** The slot that fakes use: not the first one, as others have theirs before. */
const SLOT = 2

/**
 * Creates a shedder for a test.
 *
 * @param options How it refuses.
 */
export function createShedSubject(options: ShedOptions = {}): ShedSubject {
  const clock = createManualClock()
  const events: ShedEvent[] = []
  const loop = { idleMs: 0, turns: 0 }
  const shedder = new Shedder(resolveShedOptions(options), { emit: (event) => void events.push(event) }, clock, {
    idleMs: () => loop.idleMs,
    turns: () => loop.turns,
    connections: () => 0,
    close: () => {},
  })

  function request(fields: RequestFields = {}): ShownRequest {
    const { path = '/tasks/1', status = 200, startedAtMs = clock.now() } = fields
    const route = 'route' in fields ? fields.route : '/tasks/:id'
    const exchange: HttpExchange = {
      method: 'GET',
      path,
      route,
      status,
      outcome: undefined,
      startedAtMs,
      slots: [],
      header: () => undefined,
      setHeader: () => {},
    }
    const reply = shedder.hook.onStart?.(exchange, SLOT)
    return {
      exchange,
      reply,
      head: () => shedder.hook.onHead?.(exchange, SLOT),
      end: () => shedder.hook.onEnd?.(exchange, SLOT),
    }
  }

  return {
    shedder,
    clock,
    events,
    request,
    letIn: (count, fields) =>
      Array.from({ length: count }, () => request(fields)).filter(({ reply }) => reply === undefined).length,
    idle(ms) {
      clock.advance(ms)
      loop.idleMs += ms
      loop.turns++
    },
    work: (ms) => clock.advance(ms),
    number(wanted) {
      const found = shedder
        .measure()
        .find(({ name, labels = {} }) => [name, ...Object.values(labels)].join(' ') === wanted)
      return found?.value as number | undefined
    },
  }
}
