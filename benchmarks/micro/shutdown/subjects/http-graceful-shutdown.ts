import { setTimeout as sleep } from 'node:timers/promises'
import { serveSubject } from '@breakwater/testing/subject'
import gracefulShutdown from 'http-graceful-shutdown'
import { limitMs } from '../limits.ts'

// As its README has it. The limit is for connections only; its default is 30 s.

await serveSubject(({ servers, delayMs, drain, hook }) => {
  for (const { server } of servers)
    gracefulShutdown(server, {
      timeout: limitMs,
      async preShutdown() {
        await sleep(delayMs)
        drain()
      },
      onShutdown: hook,
    })
})
