import { createShutdown } from '@breakwater/shutdown'
import { serveSubject } from '@breakwater/testing/subject'
import { limitMs } from '../limits.ts'

await serveSubject(({ servers, webSockets, delayMs, drain, hook }) => {
  const shutdown = createShutdown({ drainDelayMs: delayMs, deadlineMs: limitMs })
  shutdown.signal.addEventListener('abort', drain)
  for (const { protocol, server } of servers) shutdown.serve(server, protocol)
  shutdown.serve(webSockets).add('hook', hook)
})
