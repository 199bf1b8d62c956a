import assert from 'node:assert/strict'

delete process.env.KUBERNETES_SERVICE_HOST
const PORT = 0

// #region
import cluster from 'node:cluster'
import { createServer } from 'node:http'
import { createShutdown } from '@breakwater/shutdown'

if (cluster.isPrimary) {
  // Longer than that of the workers, for which it waits.
  const shutdown = createShutdown({ deadlineMs: 7_000 })
  shutdown.serve(cluster)
  for (let workers = 0; workers < 2; workers++) cluster.fork()
  cluster.on('exit', () => {
    if (!shutdown.started) cluster.fork()
  })
} else {
  const shutdown = createShutdown({ deadlineMs: 5_000 })
  const server = createServer((_request, response) => response.end('hello\n'))
  shutdown.serve(server)
  server.listen(PORT, '127.0.0.1')
}
// #endregion

if (cluster.isPrimary) {
  const codes: number[] = []
  let listening = 0
  let answer: string | undefined
  cluster.on('exit', (_worker, code) => codes.push(code))
  cluster.on('listening', async (_worker, { port }) => {
    listening++
    if (listening < 2) return
    answer = await (await fetch(`http://127.0.0.1:${port}`)).text()
    process.kill(process.pid, 'SIGTERM')
  })
  process.once('exit', (code) => {
    assert.equal(code, 0)
    assert.equal(answer, 'hello\n')
    assert.deepEqual(codes, [0, 0])
  })
}
