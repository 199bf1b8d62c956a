import type { Server } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { serveSubject } from '@breakwater/testing/subject'
import { createTerminus } from '@godaddy/terminus'
import { limitMs } from '../limits.ts'

// As its README has it, and told to exit with 0 instead of by the signal. The limit is for connections only, with a default of
// 1 s; the delay is `beforeShutdown`, which is what that is for.

await serveSubject(({ servers, delayMs, drain, hook }) => {
  for (const { server } of servers)
    createTerminus(server as Server, {
      timeout: limitMs,
      useExit0: true,
      async beforeShutdown() {
        await sleep(delayMs)
        drain()
      },
      onSignal: hook,
    })
})
