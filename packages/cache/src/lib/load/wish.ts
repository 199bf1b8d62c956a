import type { Times } from '../options.ts'
import type { Loader } from './load-context.ts'

/** What a caller wants to be loaded. */
export class Wish {
  readonly key: string
  readonly ownKey: string
  readonly times: Times
  readonly tags: readonly string[]
  readonly loader: Loader<unknown>
  /** Whether there may be nothing to load: one of several keys. */
  readonly isPartial: boolean

  constructor(
    key: string,
    ownKey: string,
    times: Times,
    tags: readonly string[],
    loader: Loader<unknown>,
    isPartial = false,
  ) {
    this.isPartial = isPartial
    this.key = key
    this.ownKey = ownKey
    this.times = times
    this.tags = tags
    this.loader = loader
  }
}
