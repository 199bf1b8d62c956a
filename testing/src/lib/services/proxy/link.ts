import { Socket } from 'node:net'
import { createFlow, type Weather } from './flow.ts'

const CONNECT_LIMIT_MS = 10_000

/** One connection through a proxy. */
export interface Link {
  /** Goes on as far as the weather lets it, after that changed. */
  update(): void
  /** Breaks the connection at both ends, at once. */
  cut(): void
}

/** Options of {@link createLink}. */
export interface LinkOptions {
  /** The end that was accepted. */
  readonly client: Socket
  /** Where it wants to go. */
  readonly target: { readonly host: string; readonly port: number }
  /** What lies on the way there. */
  readonly requests: Weather
  /** What lies on the way back. */
  readonly answers: Weather
  /** Called when both ends are closed. */
  onClosed(): void
}

/**
 * Connects an accepted connection to its target.
 *
 * @param options Its ends, and what lies between.
 */
export function createLink({ client, target, requests, answers, onClosed }: LinkOptions): Link {
  const server = new Socket({ allowHalfOpen: true })
  const there = createFlow(client, server, requests)
  const back = createFlow(server, client, answers)
  let isOpen = false
  let timer: NodeJS.Timeout | undefined
  const ends = [client, server]
  for (const end of ends) {
    end.setNoDelay(true)
    end.unref() // it keeps nobody alive
    end.once('close', () => {
      if (isOpen && ends.every(({ closed }) => closed)) onClosed()
    })
  }
  update()
  return { update, cut }

  function update(): void {
    if (!isOpen && !requests.isFrozen()) open()
    there.pass()
    back.pass()
  }

  function open(): void {
    isOpen = true
    timer = setTimeout(() => server.destroy(new Error('The target did not accept')), CONNECT_LIMIT_MS).unref()
    for (const event of ['connect', 'close']) server.once(event, () => clearTimeout(timer))
    server.connect(target).unref()
  }

  function cut(): void {
    isOpen = true
    there.drop()
    back.drop()
    for (const end of ends) {
      if (end.connecting || end.pending) end.destroy()
      else end.resetAndDestroy()
    }
  }
}
