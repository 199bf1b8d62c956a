import { type TracingChannelSubscribers, tracingChannel } from 'node:diagnostics_channel'
import { type Clock, systemClock } from '@breakwater/core'
import type { Logger } from '@breakwater/logger'
import { STATEMENT_CHANNEL } from '../database/guarded.ts'
import { createRation } from './rationed.ts'

/** As of `logger`'s own for requests. */
const SLOW_MS = 300

/** What is told of a statement, with our note of when it began. */
interface Message {
  readonly statement?: unknown
  [BEGAN]?: number
}

const BEGAN: unique symbol = Symbol('began')

/**
 * Logs statements that take 300 ms or more, with the time that they wait and are tried again: as a warning, from 3 s on as an error.
 * Requests have that on their own lines. In an outage all are slow: ten lines a minute are enough, and `untold` says how many more there were.
 *
 * @param logger Where.
 * @param clock Times them.
 * @returns Stops it.
 */
export function logSlowStatements(logger: Pick<Logger, 'performance'>, clock: Clock = systemClock): () => void {
  const channel = tracingChannel<Message>(STATEMENT_CHANNEL)
  const ration = createRation({ clock })
  const subscribers = {
    start(message: Message) {
      message[BEGAN] = clock.now()
    },
    asyncEnd(message: Message) {
      const { statement, [BEGAN]: beganAtMs = Number.NaN } = message
      const durationMs = Math.round((clock.now() - beganAtMs) * 100) / 100
      if (!(durationMs >= SLOW_MS)) return
      const leave = ration.take()
      if (leave === undefined) return
      logger.performance(`database ${String(statement)}`, durationMs, { untold: leave.untold || undefined })
    },
  } as TracingChannelSubscribers<Message>
  channel.subscribe(subscribers)
  return () => void channel.unsubscribe(subscribers)
}
