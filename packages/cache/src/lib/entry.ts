/** Tags of a value without any. */
export const NO_TAGS: readonly string[] = []

/** What becomes of a value after {@link Lifetime.easyUntilMs}, in whole milliseconds from then on. Entries share it. */
export interface Stages {
  /** For so long it is fresh. */
  readonly freshMs: number
  /** For so long it may be served while it is renewed. */
  readonly staleMs: number
  /** For so long it may be served if it cannot be renewed. */
  readonly usableMs: number
}

/** How long a value is of use, in milliseconds of this process' clock. Whole numbers, which need no memory of their own. */
export interface Lifetime {
  /** When it was read from its source. */
  readonly bornMs: number
  /** Until then a hit need not look closer: where eager refresh begins, or the end of the next one. */
  readonly easyUntilMs: number
  readonly stages: Stages
}

/** A value in the first layer. What it has in common with others is theirs, too: there may be a million. */
export class Entry implements Lifetime {
  readonly value: unknown
  /** What a hit returns, made by the first one. */
  promise: Promise<unknown> | undefined = undefined
  /** No invalidation up to this tick concerns it. */
  tick: number
  readonly seq: number
  readonly bornMs: number
  readonly easyUntilMs: number
  readonly stages: Stages
  readonly tags: readonly string[]

  constructor(value: unknown, seq: number, tick: number, tags: readonly string[], life: Lifetime) {
    this.value = value
    this.seq = seq
    this.tick = tick
    this.tags = tags
    this.bornMs = life.bornMs
    this.easyUntilMs = life.easyUntilMs
    this.stages = life.stages
  }

  /** Until then it is fresh. */
  get freshUntilMs(): number {
    return this.easyUntilMs + this.stages.freshMs
  }

  /** Until then it may be served while it is renewed. */
  get staleUntilMs(): number {
    return this.easyUntilMs + this.stages.staleMs
  }

  /** Until then it may be served if it cannot be renewed. */
  get graceUntilMs(): number {
    return this.easyUntilMs + this.stages.usableMs
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
