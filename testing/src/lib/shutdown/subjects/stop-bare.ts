import { setTimeout as sleep } from 'node:timers/promises'
import type { Served } from '../subject/serve-subject.ts'

/** Node alone, as its documentation has it: `server.close()`, and exit when everything is closed. */
export function stopBare({ servers, delayMs, drain, hook }: Served): void {
  process.once('SIGTERM', async () => {
    await sleep(delayMs)
    drain()
    await Promise.all(servers.map(({ server }) => new Promise<void>((resolve) => server.close(() => resolve()))))
    await hook()
    process.exit(0)
  })
}
