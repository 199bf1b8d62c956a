import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'

// Lines go to standard output, so it looks at its own from outside.
if (process.env.AS_CHILD === undefined) {
  const env = { ...process.env, AS_CHILD: 'yes' }
  const { stdout, stderr } = spawnSync(process.execPath, [import.meta.filename], { env, encoding: 'utf8' })
  assert.equal(stderr, '')
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  assert.deepEqual(
    lines.map(({ level, service, requestId, msg }) => [level, service, requestId, msg]),
    [
      ['info', 'tasks', 'r-1', 'logged in'],
      ['info', 'tasks', 'r-1', 'request finished'],
    ],
  )
  const [line, access] = lines
  assert.deepEqual(line.user, { id: 7, password: '[redacted]' })
  assert.deepEqual([access.method, access.path, access.route, access.status], ['POST', '/login', '/login', 200])
  process.exit()
}

const users = { find: async (_: unknown): Promise<{ id: number }> => ({ id: 7, ...{ password: 'hunter2' } }) }

// #region
import { toPlugin } from '@breakwater/fastify'
import { createLogger } from '@breakwater/logger'
import { fastify } from 'fastify'

const logger = createLogger({ service: 'tasks' })
const app = fastify()
await app.register(toPlugin({ hooks: [logger.hook], serverHooks: [logger.serverHook] }))

app.post('/login', async (request) => {
  const user = await users.find(request.body)
  logger.info({ user }, 'logged in') // with the request's id, without the user's password
  return { id: user.id }
})
// #endregion

await app.inject({ method: 'POST', url: '/login?next=/', headers: { 'x-request-id': 'r-1' } })
await app.close()
