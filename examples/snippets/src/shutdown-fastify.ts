import assert from 'node:assert/strict'

delete process.env.KUBERNETES_SERVICE_HOST
const PORT = 0
const closed: string[] = []

// #region
import { createShutdown } from '@breakwater/shutdown'
import { fastify } from 'fastify'

const shutdown = createShutdown()
const app = fastify()
app.get('/', async () => 'hello\n')
app.addHook('onClose', async () => void closed.push('plugins'))

// Not `app.close()` alone: it answers 503 to whoever asks while it closes.
shutdown.serve(app.server).add('app', () => app.close())
const address = await app.listen({ port: PORT, host: '0.0.0.0' })
// #endregion

const response = await fetch(address)
assert.equal(await response.text(), 'hello\n')
let hooks: unknown
shutdown.subscribe((event) => {
  if (event.type === 'shutdown:finished') hooks = event.report.hooks.map(({ outcome, error }) => [outcome, error])
})
process.once('exit', (code) => {
  assert.equal(code, 0)
  assert.deepEqual(hooks, [['done', undefined]])
  assert.deepEqual(closed, ['plugins'])
})
process.kill(process.pid, 'SIGTERM')
