import assert from 'node:assert/strict'

const lines: Record<string, unknown>[] = []
const destination = { write: (line: string): void => void lines.push(JSON.parse(line)) }
const span = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 }
/** As `@opentelemetry/api` has it. */
const trace = { getActiveSpan: (): { spanContext(): typeof span } | undefined => ({ spanContext: () => span }) }

// #region
import { createLogger } from '@breakwater/logger'

// import { trace } from '@opentelemetry/api'
const logger = createLogger({
  service: 'tasks',
  destination,
  context: { activeSpan: () => trace.getActiveSpan()?.spanContext() },
})

logger.withContext({ job: 'reminders' }, () => logger.info('mail sent')) // has traceId and spanId
// #endregion

await logger.close()
assert.deepEqual(
  lines.map(({ job, traceId, spanId }) => [job, traceId, spanId]),
  [['reminders', span.traceId, span.spanId]],
)
