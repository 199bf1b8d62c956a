import { callable } from '@breakwater/core'
import { context, SpanKind } from '@opentelemetry/api'
import { describeThrown } from '../spans/errors.ts'
import { isThenable, type OpenSpan } from '../spans/open-span.ts'
import type { Spans } from '../spans/spans.ts'
import { type QueryOptions, resolveQueryOptions } from './options.ts'
import { createStatements, type Statement } from './statement.ts'

/** What queries can be sent to: a client or a pool of `pg` or `mysql2`, and whatever else is like these. */
export interface Queryable {
  /** Sends a query: a text, or an object with one as `text` or `sql`. By a promise, or with a callback at the end. */
  query(...args: never[]): unknown
}

type Method = (this: unknown, ...args: unknown[]) => unknown

/**
 * Shows a client whose queries have spans. The client itself stays as it is: what goes to it directly has none.
 *
 * @param client The client.
 * @param given What spans say.
 * @throws {TypeError} If it has no `query`.
 */
export function createTracedClient<client extends Queryable>(
  client: client,
  given: QueryOptions,
  spans: Spans,
): client {
  callable('client.query', client?.query)
  const { attributes, maxTextLength, quotesNames } = resolveQueryOptions(given)
  const statementOf = createStatements(maxTextLength, quotesNames)

  function begin(args: readonly unknown[]): OpenSpan | undefined {
    if (!spans.isActive) return undefined
    const parent = spans.recordedParent()
    if (parent === undefined) return undefined
    try {
      const { summary, operation, text } = describe(args[0])
      const said = {
        ...attributes,
        ...(operation !== undefined && { 'db.operation.name': operation }),
        ...(text !== '' && { 'db.query.summary': summary, 'db.query.text': text }),
      }
      return spans.begin('query', summary, { kind: SpanKind.CLIENT, attributes: said }, parent.active)
    } catch (error) {
      spans.settings.faults.tell('start', error)
      return undefined
    }
  }

  function describe(query: unknown): Statement {
    const text = textOf(query)
    return text === undefined ? { summary: 'query', operation: undefined, text: '' } : statementOf(text)
  }

  function send(target: unknown, query: Method, args: unknown[]): unknown {
    const span = begin(args)
    if (span === undefined) return query.apply(target, args)
    const callback = args.at(-1)
    const hasCallback = typeof callback === 'function'
    const sent = hasCallback ? [...args.slice(0, -1), endingWith(span, callback as Method)] : args
    let result: unknown
    try {
      result = span.enter(() => query.apply(target, sent))
    } catch (error) {
      failQuery(span, error)
      span.end()
      throw error
    }
    if (hasCallback) return result
    if (isThenable(result)) return whenSettled(result, span)
    // Such as a cursor, which is read later.
    span.end()
    return result
  }

  /** What a pool lends is traced as well. */
  function show<shown extends object>(object: shown): shown {
    const methods = new Map<Method, Method>()
    const wrap = (name: string | symbol, method: Method): Method => {
      if (name === 'query') return (...args) => send(object, method, args)
      if (name === 'connect' || name === 'getConnection') return (...args) => lend(method, object, args)
      return method.bind(object)
    }
    return new Proxy(hasFixedMethods(object) ? (Object.create(object) as shown) : object, {
      get(_target, name) {
        const value: unknown = Reflect.get(object, name, object)
        if (typeof value !== 'function' || name === 'constructor') return value
        const method = value as Method
        let wrapped = methods.get(method)
        if (wrapped === undefined) {
          wrapped = wrap(name, method)
          methods.set(method, wrapped)
        }
        return wrapped
      },
      // A setter of its own sees the object itself, as do its methods.
      set: (_target, name, value) => Reflect.set(object, name, value, object),
    })
  }

  function lend(method: Method, pool: object, args: unknown[]): unknown {
    const callback = args.at(-1)
    if (typeof callback === 'function') {
      const bound = context.bind(context.active(), callback as Method)
      const showing: Method = (error, lent, ...rest) => bound(error, isQueryable(lent) ? show(lent) : lent, ...rest)
      return method.apply(pool, [...args.slice(0, -1), showing])
    }
    const lent = method.apply(pool, args)
    return isThenable(lent) ? lent.then((found) => (isQueryable(found) ? show(found) : found)) : lent
  }

  return show(client)
}

/** A proxy must show those as they are, so that it has to stand for something else. */
function hasFixedMethods(object: object): boolean {
  return Object.values(Object.getOwnPropertyDescriptors(object)).some(
    ({ configurable, writable, value }) => !configurable && !writable && typeof value === 'function',
  )
}

function isQueryable(value: unknown): value is Queryable {
  return typeof (value as Partial<Queryable> | null | undefined)?.query === 'function'
}

function textOf(query: unknown): string | undefined {
  if (typeof query === 'string') return query
  const { text, sql } = Object(query) as { readonly text?: unknown; readonly sql?: unknown }
  return [text, sql].find((each) => typeof each === 'string')
}

/** Messages of databases quote the values that they do not like, so only codes are kept. */
function failQuery(span: OpenSpan, error: unknown): void {
  span.fail(error, false)
  const { code } = Object(error) as { readonly code?: unknown }
  if (typeof code === 'string') span.annotate({ 'db.response.status_code': describeThrown(error).type })
}

/** What the callback goes on with belongs to who asked, not to the query. */
function endingWith(span: OpenSpan, callback: Method): Method {
  const bound = context.bind(context.active(), callback)
  return (error, ...rest) => {
    if (error != null) failQuery(span, error)
    span.end()
    return bound(error, ...rest)
  }
}

function whenSettled(result: PromiseLike<unknown>, span: OpenSpan): PromiseLike<unknown> {
  return result.then(
    (value) => {
      span.end()
      return value
    },
    (error) => {
      failQuery(span, error)
      span.end()
      throw error
    },
  )
}
