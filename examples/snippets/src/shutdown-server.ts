import assert from 'node:assert/strict'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

delete process.env.KUBERNETES_SERVICE_HOST // nobody waits for load balancers here
const PORT = 0
const closed: string[] = []
const connectRedis = async () => ({ quit: async () => void closed.push('redis') })
const createTaskCache = (_redis: unknown) => ({ close: async () => void closed.push('cache') })

// #region
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createShutdown, isShutdownStartedError } from '@breakwater/shutdown'

const shutdown = createShutdown() // first, so that a signal is heard while the rest still starts

const server = createServer(async (request, response) => {
  // Load balancers ask this. Whoever asks nevertheless is served.
  if (request.url === '/readyz') response.writeHead(shutdown.started ? 503 : 200).end()
  else response.end(await handle(request))
})

try {
  const redis = await connectRedis()
  shutdown.add('redis', () => redis.quit())
  const cache = createTaskCache(redis)
  shutdown.add('cache', () => cache.close(), { dependsOn: ['redis'], limitMs: 1_000 }) // closes before redis

  shutdown.serve(server) // before it listens
  server.listen(PORT)
  await once(server, 'listening')
  shutdown.ready()
} catch (error) {
  if (!isShutdownStartedError(error)) console.error('Cannot start:', error)
  await shutdown.fail(error) // closes what was opened
}
// #endregion

async function handle({ url }: { url?: string | undefined }): Promise<string> {
  await delay(200)
  return `answered ${url}`
}

const { port } = server.address() as AddressInfo
const answers = ['/a', '/b'].map(async (path) => (await fetch(`http://127.0.0.1:${port}${path}`)).text())
assert.equal((await fetch(`http://127.0.0.1:${port}/readyz`)).status, 200)
const texts: string[] = []
for (const answer of answers) void answer.then((text) => texts.push(text))
process.once('exit', (code) => {
  assert.equal(code, 0)
  assert.deepEqual(texts.toSorted(), ['answered /a', 'answered /b'])
  assert.deepEqual(closed, ['cache', 'redis'])
})
process.kill(process.pid, 'SIGTERM')
