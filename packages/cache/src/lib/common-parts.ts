import { type Lifetime, NO_TAGS, type Spans, type Stages } from './entry.ts'

/** Whoever has more kinds of values in one cache pays for it with memory. */
const MAX_STAGES = 16
const MAX_TAG_LISTS = 256

/** What entries have in common, kept once for all of them. */
export class CommonParts {
  readonly #stages: Stages[] = []
  /** By their last tag: in a namespace all begin alike. */
  readonly #tagLists = new Map<string, readonly string[]>()

  /**
   * Counts spans from a value's birth.
   *
   * @param eagerAfterMs Milliseconds after which hits look closer; the ttl without eager refresh.
   */
  toLifetime(bornMs: number, spans: Spans, eagerAfterMs: number): Lifetime {
    const { ttlMs, staleWhileRevalidateMs, graceMs } = spans
    const easyUntilMs = Math.round(bornMs + eagerAfterMs)
    const freshMs = Math.round(bornMs + ttlMs) - easyUntilMs
    const staleMs = freshMs + Math.round(staleWhileRevalidateMs)
    const usableMs = Math.max(freshMs + Math.round(graceMs), staleMs)
    return { bornMs: Math.floor(bornMs), easyUntilMs, stages: this.#toStages(freshMs, staleMs, usableMs) }
  }

  /** The same tags, in a list that was there before if there is one. */
  toTagList(tags: readonly string[]): readonly string[] {
    const last = tags.at(-1)
    if (last === undefined) return NO_TAGS
    const like = this.#tagLists.get(last)
    if (like !== undefined && isSame(like, tags)) return like
    if (this.#tagLists.size >= MAX_TAG_LISTS) this.#tagLists.clear()
    this.#tagLists.set(last, tags)
    return tags
  }

  #toStages(freshMs: number, staleMs: number, usableMs: number): Stages {
    for (const like of this.#stages)
      if (like.freshMs === freshMs && like.staleMs === staleMs && like.usableMs === usableMs) return like
    const made = { freshMs, staleMs, usableMs }
    if (this.#stages.length < MAX_STAGES) this.#stages.push(made)
    return made
  }
}

function isSame(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((tag, index) => tag === others[index])
}
