import type { Clock } from '@breakwater/core'
import { CollectTimeoutError } from '../exposition/errors.ts'
import type { ScrapeSource } from '../exposition/scrape.ts'
import type { GaugeRule } from './gauge-rule.ts'
import { createMerge, type Merge } from './merge.ts'
import { type Part, toPortions } from './part.ts'

/** Somebody whose numbers are asked for: a worker process, or a thread. */
export interface Peer {
  /** For events. */
  readonly name: string
  /** Sends a message; what cannot be sent is lost. */
  send(message: unknown): void
}

/** What goes to and fro. */
export type Message =
  | { readonly breakwater: 'metrics:ask'; readonly id: number }
  | { readonly breakwater: 'metrics:part'; readonly id: number; readonly part: Part; readonly isLast: boolean }

/** Options of {@link createHub}. */
export interface HubOptions {
  /** Who is there; looked up at each scrape. */
  readonly peers: () => Iterable<Peer>
  /** What this process has itself, if it is to be in it. */
  readonly own?: ScrapeSource | undefined
  /** Milliseconds that a peer may take, over 0. */
  readonly timeoutMs: number
  /** Rules for gauges, by name. */
  readonly gauges: Readonly<Record<string, GaugeRule>>
  /** Hears of a peer that did not answer. */
  readonly onFailure: (peer: string, error: unknown) => void
  readonly clock: Clock
}

/** Asks peers, and adds up what they say. */
export interface Hub {
  /** All peers' numbers as one. Who asks while an answer is under way shares it. Never fails. */
  collect(): Promise<Merge>
  /** A peer said something, maybe to somebody else. */
  hear(peer: Peer, message: unknown): void
  /** A peer is gone for good. What it counted stays. */
  lose(peer: Peer): void
}

/** Which peer's last words are no answer to anybody. */
export const FAREWELL = -1

interface Question {
  readonly id: number
  readonly peer: Peer
  readonly portions: Part[]
  readonly settle: (part: Part | undefined) => void
}

/** Creates a hub. */
export function createHub({ peers, own, timeoutMs, gauges, onFailure, clock }: HubOptions): Hub {
  const open = new Map<number, Question>()
  /** What each said last: if it is silent or gone, counters that fell would look as if they had been reset. */
  const last = new Map<Peer, Part>()
  /** The farewell that a peer is in the midst of. */
  const farewells = new Map<Peer, Part[]>()
  const departed = createMerge(gauges)
  let nextId = 0
  let shared: Promise<Merge> | undefined

  return {
    collect() {
      shared ??= gather().finally(() => {
        shared = undefined
      })
      return shared
    },
    hear(peer, message) {
      if (!isPart(message)) return
      const portions = message.id === FAREWELL ? farewellOf(peer) : open.get(message.id)?.portions
      if (portions === undefined || (message.id !== FAREWELL && open.get(message.id)?.peer !== peer)) return
      portions.push(message.part)
      if (!message.isLast) return
      const part = portions.flat()
      last.set(peer, part)
      farewells.delete(peer)
      open.get(message.id)?.settle(part)
    },
    lose(peer) {
      departed.add(last.get(peer) ?? [], true)
      last.delete(peer)
      farewells.delete(peer)
      for (const question of open.values()) if (question.peer === peer) question.settle(undefined)
    },
  }

  function farewellOf(peer: Peer): Part[] {
    const portions = farewells.get(peer) ?? []
    farewells.set(peer, portions)
    return portions
  }

  async function gather(): Promise<Merge> {
    const asked = [...peers()]
    const [mine, ...parts] = await Promise.all([ownPart(), ...asked.map(ask)])
    const merge = createMerge(gauges)
    merge.add(mine)
    asked.forEach((peer, index) => {
      const part = parts[index]
      merge.add(part ?? last.get(peer) ?? [], part === undefined)
    })
    merge.add(departed.part(), true)
    return merge
  }

  async function ownPart(): Promise<Part> {
    const portions: Part[] = []
    if (own !== undefined) for await (const portion of toPortions(own)) portions.push(portion)
    return portions.flat()
  }

  function ask(peer: Peer): Promise<Part | undefined> {
    const id = nextId++
    return new Promise((resolve) => {
      const stop = clock.after(timeoutMs, () => {
        onFailure(peer.name, new CollectTimeoutError(peer.name, timeoutMs))
        settle(undefined)
      })
      open.set(id, { id, peer, portions: [], settle })
      peer.send({ breakwater: 'metrics:ask', id } satisfies Message)

      function settle(part: Part | undefined): void {
        stop()
        open.delete(id)
        resolve(part)
      }
    })
  }
}

/**
 * Answers a hub.
 *
 * @param source What this process has.
 * @param message What was heard, which may be anybody's.
 * @param send Sends an answer.
 * @returns Whether it was for us.
 */
export function answer(source: ScrapeSource, message: unknown, send: (message: Message) => void): boolean {
  if (!isAsk(message)) return false
  void sendPart(source, message.id, send)
  return true
}

/** Sends all that a process has, in portions. Never fails: what cannot be read is not sent, and the hub waits in vain. */
export async function sendPart(source: ScrapeSource, id: number, send: (message: Message) => void): Promise<void> {
  try {
    for await (const part of toPortions(source)) send({ breakwater: 'metrics:part', id, part, isLast: false })
    send({ breakwater: 'metrics:part', id, part: [], isLast: true })
  } catch (error) {
    source.onFailure('aggregate', error)
  }
}

function isAsk(message: unknown): message is Extract<Message, { breakwater: 'metrics:ask' }> {
  return (message as Partial<Message> | null | undefined)?.breakwater === 'metrics:ask'
}

function isPart(message: unknown): message is Extract<Message, { breakwater: 'metrics:part' }> {
  return (message as Partial<Message> | null | undefined)?.breakwater === 'metrics:part'
}
