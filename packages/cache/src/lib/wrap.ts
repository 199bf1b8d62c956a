import { callable } from '@breakwater/core'
import type { Loader } from './load/load-context.ts'
import type { LoadOptions } from './options.ts'

/** Options of {@link CacheNamespace.wrap}. */
export interface WrapOptions<args extends readonly unknown[]> extends Omit<LoadOptions, 'tags'> {
  /** The key of a call. */
  readonly key: (...args: args) => string
  /** Tags of the result: the same for all, or made from the arguments. */
  readonly tags?: readonly string[] | ((...args: args) => readonly string[]) | undefined
}

/** Makes a function whose results are cached. */
export function wrap<args extends readonly unknown[], value>(
  load: (key: string, loader: Loader<value, unknown>, options: LoadOptions) => Promise<value>,
  fn: (...args: args) => value | PromiseLike<value>,
  options: WrapOptions<args>,
): (...args: args) => Promise<value> {
  callable('fn', fn)
  const { key: toKey, tags, ...rest } = options
  callable('key', toKey)
  // Made once, where the arguments change nothing.
  const fixed: LoadOptions | undefined = typeof tags === 'function' ? undefined : { ...rest, tags }
  return async (...args) => {
    const chosen = fixed ?? { ...rest, tags: (tags as (...args: args) => readonly string[])(...args) }
    return load(toKey(...args), () => fn(...args), chosen)
  }
}
