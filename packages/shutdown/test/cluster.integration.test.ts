import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { bundleSubject } from '@breakwater/testing/shutdown'
import { expect, onTestFinished, test } from 'vitest'
import { get, openRaw } from './raw-client.ts'

const CONNECTIONS = 10
/** Long enough to connect meanwhile, and a fifth of what a worker waits. */
const BUSY_MS = 400

test.each([1, 3])(
  'what waits in a busy primary is handed over before the last of %i workers stops',
  async (workers) => {
    const script = await bundleSubject(join(import.meta.dirname, 'subjects/cluster.ts'))
    const primary = fork(script, {
      execArgv: [],
      env: { PATH: process.env.PATH, WORKERS: String(workers), BUSY_MS: String(BUSY_MS) },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    onTestFinished(() => void primary.kill('SIGKILL'))
    const exited = once(primary, 'exit')
    const [{ port }] = (await once(primary, 'message')) as [{ port: number }]
    primary.kill('SIGTERM')
    await once(primary, 'message')
    const busyMs = performance.now()
    const clients = await Promise.all(Array.from({ length: CONNECTIONS }, () => openRaw(port)))
    for (const client of clients) client.send(get('/'))
    // Else they did not wait.
    expect(performance.now() - busyMs).toBeLessThan(BUSY_MS)
    await Promise.all(clients.map((client) => client.over()))
    expect(clients.filter(({ text }) => text.includes('200 OK')).length).toBe(CONNECTIONS)
    expect((await exited)[0]).toBe(0)
  },
)
