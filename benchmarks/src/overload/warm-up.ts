import type { ServerTask } from './messages.ts'
import { startOverloadServer } from './servers.ts'
import { runSlice } from './slice.ts'
import type { OverloadSubject } from './subject.ts'

/** Far beyond what any server is asked that computes. */
const RATE_PER_SECOND = 4_000
const SLICES = 3

/**
 * Lets the driver of this process send as much as it ever will, to a server with hardly any work: else it is late for as
 * long as its own code is not compiled.
 *
 * @param subject Sheds nothing.
 * @param task What its server would do.
 * @param forMs How long.
 */
export async function warmUpDriver(
  subject: OverloadSubject,
  task: Omit<ServerTask, 'script'>,
  forMs: number,
): Promise<void> {
  const server = await startOverloadServer(subject, { ...task, kind: 'cpu', stepsPerMs: 1 })
  const steadyMs = forMs / SLICES
  const load = { ratePerSecond: RATE_PER_SECOND, rampMs: 0, steadyMs, stretchMs: steadyMs, deadlineMs: 1_000, seed: 1 }
  try {
    for (let slice = 0; slice < SLICES; slice++) await runSlice(server, load)
  } finally {
    await server.stop()
  }
}
