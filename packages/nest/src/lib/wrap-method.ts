import { Inject } from '@nestjs/common'
import type { Token } from './token.ts'

/** A method that can be wrapped: it returns a promise. */
// biome-ignore lint/suspicious/noExplicitAny: parameters of methods are contravariant, so nothing else holds all of them
export type AsyncMethod = (...args: any[]) => Promise<unknown>

/** What a decorator of a method does in place of the method. */
export type Around<value> = (value: value, call: () => Promise<unknown>, args: readonly unknown[]) => Promise<unknown>

/**
 * Makes a decorator whose method runs inside something that Nest injects. What decorators below it said about the method
 * holds for what takes its place.
 *
 * @param what What it is, in the message for objects that Nest did not make.
 * @param token Of what is injected.
 * @param around Called in place of the method.
 */
export function wrapMethod<value>(
  what: string,
  token: Token<value>,
  around: Around<value>,
): (host: object, name: string | symbol, descriptor: TypedPropertyDescriptor<AsyncMethod>) => void {
  return (host, name, descriptor) => {
    const method = descriptor.value
    if (typeof method !== 'function')
      throw new TypeError(`Cannot decorate ${shown(host, name)} as it is no method: decorate a method`)
    const property = Symbol(`${what} of ${String(name)}`)
    Inject(token)(host, property)

    const wrapped = run as AsyncMethod
    Object.defineProperty(wrapped, 'name', { value: method.name, configurable: true })
    for (const key of Reflect.getMetadataKeys(method))
      Reflect.defineMetadata(key, Reflect.getMetadata(key, method), wrapped)
    descriptor.value = wrapped

    async function run(this: Record<symbol, value | undefined>, ...args: unknown[]): Promise<unknown> {
      const injected = this[property]
      if (injected === undefined)
        throw new TypeError(
          `Cannot call ${shown(host, name)} without its ${what} as Nest did not make the object: inject it`,
        )
      return around(injected, () => Reflect.apply(method as AsyncMethod, this, args), args)
    }
  }
}

function shown(host: object, name: string | symbol): string {
  return `"${host.constructor?.name}.${String(name)}"`
}
