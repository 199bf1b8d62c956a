import assert from 'node:assert/strict'

const lines: Record<string, unknown>[] = []
const stream = { write: (line: string): void => void lines.push(JSON.parse(line)) }

// #region
import { toPlugin } from '@breakwater/fastify'
import { createLogger } from '@breakwater/logger'
import { fastify, LogController } from 'fastify'
import { pino } from 'pino'

const mine = pino({ base: { app: 'tasks' }, serializers: { user: ({ id }) => ({ id }) } }, stream)
const logger = createLogger({ pino: mine }) // `mine` itself is not changed

// Requests have their line already. What a handler throws is for the framework to write.
class ErrorsOnly extends LogController {
  override incomingRequest(): void {}
  override requestCompleted(): void {}
}
const app = fastify({ loggerInstance: logger.pino, logController: new ErrorsOnly() })
await app.register(toPlugin({ hooks: [logger.hook] }))
app.get('/tasks/:id', async (request) => {
  request.log.info({ token: 'abc' }, 'by the framework')
  throw new Error('no task')
})
// #endregion

const user = { id: 7, name: 'Ada' }
logger.info({ user }, 'ours')
await app.inject({ url: '/tasks/7', headers: { 'x-request-id': 'r-1' } })
await app.close()
await logger.close()
mine.info({ token: 'abc' }, 'not ours')
assert.deepEqual(
  lines.map(({ level, app: name, requestId, token, msg }) => [level, name, requestId, token, msg]),
  [
    [30, 'tasks', undefined, undefined, 'ours'],
    [30, 'tasks', 'r-1', '[redacted]', 'by the framework'],
    [50, 'tasks', 'r-1', undefined, 'no task'],
    [50, 'tasks', 'r-1', undefined, 'request finished'],
    [30, 'tasks', undefined, 'abc', 'not ours'],
  ],
)
assert.deepEqual(lines[0]?.user, { id: 7 })
