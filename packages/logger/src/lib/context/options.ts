import { callable, nonEmptyString } from '@breakwater/core'
import type { SpanIds } from './traceparent.ts'

/** Where the ids of a request come from. */
export interface ContextOptions {
  /**
   * Header in which a request may bring its id. One that is not of 1 to 128 letters, digits and `_.:+/=-` is not
   * taken; without one, an id is made. `false` takes none.
   *
   * @defaultValue `x-request-id`, what Heroku, Envoy and nginx's examples use
   */
  readonly requestIdHeader?: string | false | undefined
  /**
   * The active span, such as `() => trace.getActiveSpan()?.spanContext()` of OpenTelemetry's API. Asked for each line.
   * Without one, the ids are those of the request's `traceparent` header.
   *
   * @defaultValue none
   */
  readonly activeSpan?: (() => SpanIds | undefined) | undefined
}

/** {@link ContextOptions} with every default in place. */
export interface ResolvedContextOptions {
  readonly requestIdHeader: string | undefined
  readonly activeSpan: (() => SpanIds | undefined) | undefined
}

/** @throws {TypeError} If an option is not what it should be. */
export function resolveContextOptions({
  requestIdHeader = 'x-request-id',
  activeSpan,
}: ContextOptions = {}): ResolvedContextOptions {
  return {
    requestIdHeader:
      requestIdHeader === false ? undefined : nonEmptyString('context.requestIdHeader', requestIdHeader).toLowerCase(),
    activeSpan: activeSpan === undefined ? undefined : callable('context.activeSpan', activeSpan),
  }
}
