import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { ChannelMessage } from '@breakwater/core'

/** An event of anybody's. */
export interface AnyEvent {
  readonly type: string
}

/**
 * Hears every event of this family's packages in this process, whichever objects told it.
 *
 * @param channels Their names.
 * @param listener Called with each, on the teller's turn.
 * @returns Stops hearing.
 */
export function hear(
  channels: readonly string[],
  listener: (channel: string, source: string, event: AnyEvent) => void,
): () => void {
  const heard = channels.map((name) => {
    const onMessage = (message: unknown): void => {
      // Anybody may publish on a channel.
      const { source, event } = (message ?? {}) as Partial<ChannelMessage<AnyEvent>>
      if (typeof event?.type === 'string') listener(name, String(source), event)
    }
    subscribe(name, onMessage)
    return () => void unsubscribe(name, onMessage)
  })
  return () => {
    for (const stop of heard) stop()
  }
}
