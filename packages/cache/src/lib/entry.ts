import type { TierRecord } from './shared/tier.ts'

/** Tags of a value without any. */
export const NO_TAGS: readonly string[] = []

/** How long a value is of use, in milliseconds of this process' clock. Whole numbers, which need no memory of their own. */
export interface Lifetime {
  /** When it was read from its source. */
  readonly bornMs: number
  /** Until then a hit need not look closer: where eager refresh begins, or the end of the next one. */
  readonly easyUntilMs: number
  /** Until then it is fresh. */
  readonly freshUntilMs: number
  /** Until then it may be served while it is renewed. */
  readonly staleUntilMs: number
  /** Until then it may be served if it cannot be renewed. */
  readonly graceUntilMs: number
}

/** A value in the first layer. */
export class Entry implements Lifetime {
  readonly value: unknown
  /** What a hit returns, made by the first one. */
  promise: Promise<unknown> | undefined = undefined
  /** No invalidation up to this tick concerns it. */
  tick: number
  readonly seq: number
  readonly bornMs: number
  easyUntilMs: number
  readonly freshUntilMs: number
  readonly staleUntilMs: number
  readonly graceUntilMs: number
  readonly tags: readonly string[]

  constructor(value: unknown, seq: number, tick: number, tags: readonly string[], life: Lifetime) {
    this.value = value
    this.seq = seq
    this.tick = tick
    this.tags = tags
    this.bornMs = life.bornMs
    this.easyUntilMs = life.easyUntilMs
    this.freshUntilMs = life.freshUntilMs
    this.staleUntilMs = life.staleUntilMs
    this.graceUntilMs = life.graceUntilMs
  }

  /** The same promise for every hit. */
  toPromise(): Promise<unknown> {
    this.promise ??= Promise.resolve(this.value)
    return this.promise
  }
}

/** How long each state of a value lasts, in milliseconds. */
export interface Spans {
  readonly ttlMs: number
  readonly staleWhileRevalidateMs: number
  readonly graceMs: number
}

/**
 * Counts spans from a value's birth.
 *
 * @param eagerAfterMs Milliseconds after which hits look closer; the ttl without eager refresh.
 */
export function toLifetime(bornMs: number, spans: Spans, eagerAfterMs: number): Lifetime {
  const freshUntilMs = Math.round(bornMs + spans.ttlMs)
  return {
    bornMs: Math.floor(bornMs),
    easyUntilMs: Math.round(bornMs + eagerAfterMs),
    freshUntilMs,
    staleUntilMs: Math.round(freshUntilMs + spans.staleWhileRevalidateMs),
    graceUntilMs: Math.round(freshUntilMs + Math.max(spans.graceMs, spans.staleWhileRevalidateMs)),
  }
}

/** What a value found in the shared tier is worth here. */
export interface Found {
  readonly record: TierRecord
  readonly value: unknown
  readonly life: Lifetime
}
