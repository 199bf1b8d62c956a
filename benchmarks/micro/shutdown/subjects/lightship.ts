import { serveSubject } from '@breakwater/testing/subject'
import { createLightship } from 'lightship'
import { limitMs } from '../limits.ts'

// As its README has it, and waiting for the server: else it would end the process a second later, whatever is under way.
// Outside of Kubernetes it has no delay, unless it is told that this is one.

await serveSubject(async ({ servers, delayMs, listening, drain, hook }) => {
  const lightship = await createLightship({
    shutdownHandlerTimeout: limitMs,
    ...(delayMs > 0 && { detectKubernetes: false, port: 0, shutdownDelay: delayMs }),
  })
  lightship.registerShutdownHandler(async () => {
    drain()
    await Promise.all(servers.map(({ server }) => new Promise<void>((resolve) => server.close(() => resolve()))))
  })
  lightship.registerShutdownHandler(hook)
  void listening.then(() => lightship.signalReady())
})
