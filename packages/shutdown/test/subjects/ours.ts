import cluster from 'node:cluster'
import { createShutdown } from '@breakwater/shutdown'
import { serveSubject } from '@breakwater/testing/subject'

await serveSubject(({ isPrimary, servers, webSockets, delayMs, drain, hook }) => {
  // What hangs on purpose need not be waited for. All others take as long as the machine lets them: a slow client reads by timers.
  const deadlineMs = process.env.SUBJECT_HOOK === undefined ? 15_000 : 1_500
  const shutdown = createShutdown({ drainDelayMs: delayMs, deadlineMs: isPrimary ? 2 * deadlineMs : deadlineMs })
  shutdown.signal.addEventListener('abort', drain)
  if (isPrimary) return shutdown.serve(cluster)
  for (const { protocol, server } of servers) shutdown.serve(server, protocol)
  return shutdown.serve(webSockets).add('hook', hook)
})
