import type { Server } from 'node:http'
import type { Measured } from '@breakwater/core'
import {
  createShutdown,
  isShutdownStartedError,
  type ShutdownEvent,
  type WebSocketServerLike,
} from '@breakwater/shutdown'
import { StartError, toReason } from './start-error.ts'

/** Three quarters are for requests, which wait up to 5 s for a database that hangs. Well below the 30 s after which Kubernetes kills. */
const DEADLINE_MS = 8_000

/** Something that has to be closed before the process ends. */
interface Closable {
  close(): PromiseLike<unknown>
}

/** How this process ends. */
export interface Stop {
  /** Whether it was told to: it is not ready for new work then, though it still does it. */
  readonly isStopping: boolean
  /** For who counts. */
  readonly measured: Measured
  /**
   * Closes something at the end. If it has begun already, closes it now and rejects: there is no going on.
   *
   * @param name What it is.
   * @param closable What to close.
   * @param dependsOn What it needs until it is closed.
   * @returns The same.
   */
  add<closable extends Closable>(name: string, closable: closable, dependsOn?: readonly string[]): Promise<closable>
  /**
   * Answers every request of a server that does not listen yet, and tells WebSockets to go, before anything is closed.
   *
   * @param server The server.
   */
  serve(server: Server | WebSocketServerLike): void
  /**
   * Says why there is no going on, closes everything and exits with 1.
   *
   * @param error What was thrown.
   */
  fail(error: unknown): Promise<unknown>
}

/**
 * Ends this process in order on SIGTERM and SIGINT: with exit code 0 if everything was answered and closed in time. A second signal
 * ends it at once.
 */
export function createStop(): Stop {
  const shutdown = createShutdown({ name: 'task-server', deadlineMs: DEADLINE_MS })
  shutdown.subscribe((event) => {
    for (const line of linesOf(event)) complain(line)
  })
  return {
    get isStopping() {
      return shutdown.started
    },
    measured: shutdown,
    async add(name, closable, dependsOn = []) {
      try {
        shutdown.add(name, () => closable.close(), { dependsOn })
      } catch (error) {
        if (isShutdownStartedError(error)) await closable.close()
        throw error
      }
      return closable
    },
    serve: (server) => void shutdown.serve(server),
    fail(error) {
      // It was told to stop before it had started.
      if (!isShutdownStartedError(error)) {
        if (error instanceof StartError) error.lines.forEach(complain)
        else console.error(error)
      }
      return shutdown.fail(error)
    },
  }
}

/** What is worth a line. */
function linesOf(event: ShutdownEvent): readonly string[] {
  if (event.type === 'hook:failed') return [`Cannot close "${event.hook}" as ${toReason(event.error)}`]
  if (event.type !== 'shutdown:finished' || event.report.reason.kind === 'failure') return []
  const cut = event.report.servers.reduce((sum, { cutRequests }) => sum + cutRequests, 0)
  if (cut === 0) return []
  return [`Cannot answer ${cut} ${cut === 1 ? 'request' : 'requests'} within the time for stopping: cut short`]
}

function complain(line: string): void {
  console.error(`task-server: ${line}`)
}
