import { setTimeout as sleep } from 'node:timers/promises'
import { serveSubject } from '@breakwater/testing/subject'
import { createHttpTerminator, type HttpTerminator } from 'http-terminator'
import { limitMs } from '../limits.ts'

// As its README has it; it hears no signals itself. The limit is for connections only. Its README has 5 s as the default,
// its code 1 s.

await serveSubject(({ servers, delayMs, drain, hook }) => {
  const terminators = servers.map(
    ({ server }): HttpTerminator =>
      createHttpTerminator({
        // One of those it knows, or HTTP/2 in plain text, which has the same events.
        server: server as Parameters<typeof createHttpTerminator>[0]['server'],
        gracefulTerminationTimeout: limitMs,
      }),
  )
  process.once('SIGTERM', async () => {
    await sleep(delayMs)
    drain()
    await Promise.all(terminators.map((terminator) => terminator.terminate()))
    await hook()
    process.exit(0)
  })
})
