import { tagList } from '../check.ts'
import { NO_TAGS, type Spans } from '../entry.ts'
import type { Times } from '../options.ts'
import type { Space } from '../space.ts'

/** Tags of a call and its space. */
export function toTags(space: Space, tags: readonly string[] | undefined): readonly string[] {
  if (tags === undefined) return space.tags
  const own = tagList('`tags`', tags)
  return space.tags === NO_TAGS ? own : [...space.tags, ...own]
}

/** The ttl of a value. */
export function ttlOf(value: unknown, { ttlMs, nullTtlMs }: Times): number {
  return value === null && nullTtlMs !== undefined ? nullTtlMs : ttlMs
}

/** How long each state of a value lasts that has this ttl. */
export function toSpans(value: unknown, ttlMs: number, times: Times): Spans {
  const { staleWhileRevalidateMs, graceMs, nullGraceMs } = times
  return { ttlMs, staleWhileRevalidateMs, graceMs: value === null ? nullGraceMs : graceMs }
}

/** Takes a share off by chance. */
export function withJitter(ttlMs: number, { ttlJitterRatio }: Times, random: () => number): number {
  if (ttlJitterRatio === 0) return ttlMs
  const dice = random()
  return dice >= 0 && dice < 1 ? ttlMs * (1 - ttlJitterRatio * dice) : ttlMs
}

/** After how many milliseconds hits look closer. */
export function eagerAfter(ttlMs: number, { eagerRefreshRatio }: Times): number {
  return eagerRefreshRatio === 0 ? ttlMs : ttlMs * eagerRefreshRatio
}
