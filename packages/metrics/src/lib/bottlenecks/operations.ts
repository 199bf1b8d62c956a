import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Clock } from '@breakwater/core'
import type { OperationChannel } from './options.ts'

/** A message of somebody's, with our note of when it began. */
type Message = Record<string | symbol, unknown>

/**
 * Listens to operations on tracing channels, and tells how long each took.
 *
 * @param channels Where they are told.
 * @param clock Where time comes from.
 * @param record Called at the end of each.
 * @param fail Hears what a `nameOf` threw.
 * @returns Stops listening.
 */
export function hearOperations(
  channels: readonly OperationChannel[],
  clock: Clock,
  record: (kind: string, name: string, nowMs: number, ms: number, isFailure: boolean) => void,
  fail: (channel: string, error: unknown) => void,
): () => void {
  const stops = channels.map(({ channel, kind, nameOf = sourceOf }) => {
    // One for each channel and listener: a message is told to several listeners.
    const beganAt = Symbol('began')

    function begin(message: unknown): void {
      // What is thrown here would end the process.
      if (Object.isExtensible(message)) (message as Message)[beganAt] = clock.now()
    }
    function end(given: unknown): void {
      if (!Object.isExtensible(given)) return
      const message = given as Message
      const beganAtMs = message[beganAt]
      if (typeof beganAtMs !== 'number') return
      message[beganAt] = undefined
      const nowMs = clock.now()
      try {
        const name = nameOf(message as Record<string, unknown>)
        if (name !== undefined) record(kind, String(name), nowMs, nowMs - beganAtMs, 'error' in message)
      } catch (error) {
        fail(channel, error)
      }
    }
    /** Of what is done by then: an operation may be synchronous, or throw before it returns a promise. */
    function endIfDone(message: unknown): void {
      if (Object.isExtensible(message) && ('result' in (message as Message) || 'error' in (message as Message)))
        end(message)
    }

    const listeners = [
      [`tracing:${channel}:start`, begin],
      [`tracing:${channel}:end`, endIfDone],
      [`tracing:${channel}:asyncEnd`, end],
    ] as const
    for (const [name, listener] of listeners) subscribe(name, listener)
    return () => {
      for (const [name, listener] of listeners) unsubscribe(name, listener)
    }
  })
  return () => {
    for (const stop of stops) stop()
  }
}

function sourceOf({ source }: Readonly<Record<string, unknown>>): string | undefined {
  return typeof source === 'string' ? source : undefined
}
