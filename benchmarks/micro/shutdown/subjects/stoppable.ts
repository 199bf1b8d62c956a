import type { Server } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { serveSubject } from '@breakwater/testing/subject'
import stoppable from 'stoppable'
import { limitMs } from '../limits.ts'

// As its README has it; it hears no signals itself. The limit is for connections only; without it nothing is ever forced.

await serveSubject(({ servers, delayMs, drain, hook }) => {
  const stops = servers.map(({ server }) => {
    const stopped = stoppable(server as Server, limitMs)
    return () => new Promise<void>((resolve) => stopped.stop(() => resolve()))
  })
  process.once('SIGTERM', async () => {
    await sleep(delayMs)
    drain()
    await Promise.all(stops.map((stop) => stop()))
    await hook()
    process.exit(0)
  })
})
