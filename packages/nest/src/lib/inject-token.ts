import { Inject } from '@nestjs/common'
import type { Token } from './token.ts'

/** `unknown` if a value fits, and else what nothing fits. */
export type Fits<value, wanted> = value extends wanted ? unknown : never

/** Decorates a parameter of a constructor, or a property, whose type the value has to fit. */
export interface TokenDecorator<value> {
  /**
   * Of a constructor.
   *
   * @param type The class.
   * @param key None.
   * @param index Which parameter.
   */
  <type extends abstract new (...args: never[]) => unknown, index extends number>(
    type: type,
    key: undefined,
    index: index & Fits<value, ConstructorParameters<type>[index]>,
  ): void
  /**
   * Of a property. Private ones cannot be looked at, and are taken as they are.
   *
   * @param host What the property is of.
   * @param key Its name.
   */
  <host extends object, key extends string | symbol>(
    host: host,
    key: key & (key extends keyof host ? Fits<value, host[key]> : unknown),
  ): void
}

/**
 * Nest's `@Inject` for a token that knows its type: what does not fit the parameter or property does not compile.
 *
 * @param token The token.
 *
 * @example
 * ```ts
 * class TasksService {
 *   constructor(@InjectToken(TASKS) private readonly cache: Cache<TaskSchema>) {}
 * }
 * ```
 */
export function InjectToken<value>(token: Token<value>): TokenDecorator<value> {
  return Inject(token) as TokenDecorator<value>
}
