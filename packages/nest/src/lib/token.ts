import { nonEmptyString } from '@breakwater/core'

/** Stands for one thing that is injected, and knows its type: see {@link createToken}. */
export type Token<value> = symbol & {
  /** Never there: for the compiler alone. */
  readonly '~value'?: value
}

/** Something that is injected, with its token: see {@link provide}. */
export interface Provided<value = unknown> {
  /** What it is asked for by. */
  readonly token: Token<value>
  /** What it is. */
  readonly value: value
}

/**
 * Creates a token. Nest takes it like any other (`@Inject(token)`); with `InjectToken` the compiler checks what is injected.
 *
 * @param name What Nest calls it in its messages.
 *
 * @example
 * ```ts
 * export const TASKS = createToken<Cache<TaskSchema>>('the cache of tasks')
 * ```
 */
export function createToken<value>(name: string): Token<value> {
  return Symbol(nonEmptyString('name', name)) as Token<value>
}

/**
 * Says what a token stands for, for `provides` of the module.
 *
 * @param token The token.
 * @param value What is injected.
 */
export function provide<value>(token: Token<value>, value: NoInfer<value>): Provided<value> {
  return { token, value }
}
