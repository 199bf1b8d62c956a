import { setTimeout as sleep } from 'node:timers/promises'
import { serveSubject } from '@breakwater/testing/subject'
import closeWithGrace from 'close-with-grace'
import { limitMs } from '../limits.ts'

// As its README has it. What closes the server is left to whoever uses it.

await serveSubject(({ servers, delayMs, drain, hook }) => {
  closeWithGrace({ delay: delayMs + limitMs }, async () => {
    await sleep(delayMs)
    drain()
    await Promise.all(servers.map(({ server }) => new Promise<void>((resolve) => server.close(() => resolve()))))
    await hook()
  })
})
