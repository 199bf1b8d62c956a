import { callable, nonEmptyString, type OperationMessage } from '@breakwater/core'
import type { Attributes } from '@opentelemetry/api'

/** What spans of an operation are called, and say. */
export interface OperationOptions {
  /**
   * Name of its spans. From a bounded set.
   *
   * @defaultValue the last two parts of the channel and the object's name, such as `cache load tasks`
   */
  readonly name?: ((message: OperationMessage) => string) | undefined
  /**
   * Attributes, called when it starts and only if the span is recorded. Keys, paths and ids may hold what nobody should
   * read: none are there unless you say so.
   *
   * @defaultValue the object's name as `breakwater.source`
   */
  readonly attributes?: ((message: OperationMessage) => Attributes | undefined) | undefined
}

/** {@link OperationOptions} with every default in place. */
export interface ResolvedOperation {
  readonly channel: string
  readonly name: (message: OperationMessage) => string
  readonly attributes: (message: OperationMessage) => Attributes | undefined
}

/** What the packages of this family do. */
const KNOWN: Readonly<Record<string, OperationOptions>> = {
  'breakwater:cache:load': {
    attributes: ({ source }) => ({ 'breakwater.cache.name': source }),
  },
  'breakwater:resilience:execute': {
    name: (message) => `${kindOf(message)} ${message.source}`,
    attributes: (message) => ({
      'breakwater.policy.name': message.source,
      'breakwater.policy.kind': kindOf(message),
    }),
  },
}

function kindOf(message: OperationMessage & { readonly kind?: unknown }): string {
  return typeof message.kind === 'string' ? message.kind : 'policy'
}

/** @throws {TypeError} If something is no function, or a channel has no name. */
export function resolveOperations(
  given: Readonly<Record<string, OperationOptions | false>>,
): readonly ResolvedOperation[] {
  if (typeof given !== 'object' || given === null)
    throw new TypeError('Expected `operations` to be an object of options by channel')
  const resolved: ResolvedOperation[] = []
  for (const [channel, options] of Object.entries({ ...KNOWN, ...given })) {
    if (options === false) continue
    if (typeof options !== 'object' || options === null)
      throw new TypeError(`Expected \`operations["${channel}"]\` to be an object or false, got ${String(options)}`)
    const { name = nameAfter(channel), attributes = toSource } = { ...KNOWN[channel], ...options }
    resolved.push({
      channel: nonEmptyString('a channel of `operations`', channel),
      name: callable(`operations["${channel}"].name`, name),
      attributes: callable(`operations["${channel}"].attributes`, attributes),
    })
  }
  return resolved
}

function nameAfter(channel: string): (message: OperationMessage) => string {
  const words = channel.split(':').slice(-2).join(' ')
  return ({ source }) => `${words} ${source}`
}

function toSource({ source }: OperationMessage): Attributes {
  return { 'breakwater.source': source }
}
