import type { Shape } from '../line/shape.ts'
import type { Values } from '../line/values.ts'
import type { ContextSource } from './context.ts'
import type { ResolvedContextOptions } from './options.ts'
import { createRequestIds } from './request-id.ts'
import type { SpanIds } from './traceparent.ts'

const MAX_ID_LENGTH = 128

/** What the contexts of one logger share. */
export function createContextSource(
  { requestIdHeader, activeSpan }: ResolvedContextOptions,
  sampleRatio: number,
  shape: Shape,
  values: Values,
): ContextSource {
  function safeSpan(): SpanIds | undefined {
    try {
      return activeSpan?.()
    } catch {
      return undefined
    }
  }

  const [requestIdText, traceIdText, spanIdText] = [shape.requestId, shape.traceId, shape.spanId].map(
    (name) => `,${values.known(name).text}`,
  )
  return {
    requestIdHeader,
    activeSpan: activeSpan === undefined ? undefined : safeSpan,
    makeId: createRequestIds(),
    sample: () => sampleRatio === 1 || Math.random() < sampleRatio,
    writeIds(requestId, span) {
      let text = ''
      if (requestId !== undefined) {
        if (!values.isOrdinary(requestId)) return undefined
        text = `${requestIdText}"${requestId}"`
      }
      if (span === undefined) return text
      const { traceId, spanId } = span
      if (!isOrdinaryId(values, traceId) || !isOrdinaryId(values, spanId)) return undefined
      return `${text}${traceIdText}"${traceId}"${spanIdText}"${spanId}"`
    },
    write({ requestId, traceId, spanId }, fields) {
      const outer = values.begin()
      const written = new Map<string, string>()
      let text = ''
      const add = (name: string, value: unknown): void => {
        if (value === undefined) return
        const known = values.known(name)
        const json = values.value(known, value)
        if (json === undefined || written.has(known.clean)) return
        written.set(known.clean, json)
        text += `,${known.text}${json}`
      }
      add(shape.requestId, requestId)
      add(shape.traceId, traceId)
      add(shape.spanId, spanId)
      for (const name of Object.keys(fields)) if (name !== 'requestId' && !written.has(name)) add(name, fields[name])
      values.end(outer)
      return { text, fields: written }
    },
  }
}

/** What a tracer calls an id may be anything. */
function isOrdinaryId(values: Values, id: unknown): boolean {
  return typeof id === 'string' && id.length <= MAX_ID_LENGTH && values.isOrdinary(id)
}
