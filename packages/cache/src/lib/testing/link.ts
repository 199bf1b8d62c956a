import type { Agenda } from './agenda.ts'
import type { Dice } from './dice.ts'

/** How long messages take. */
export interface LinkDelays {
  /** Milliseconds at least. */
  readonly leastMs: number
  /** Milliseconds at most. */
  readonly mostMs: number
}

/** The two ways of a link: to the server, and back. */
export type Way = 'requests' | 'replies'

/** The network between a node and a server. Each of its connections keeps its own order, two of them do not. */
export class Link {
  /** How many want new connections to be refused. */
  refusals = 0
  readonly #agenda: Agenda
  readonly #dice: Dice
  readonly #delays: LinkDelays
  readonly #holds: { [way in Way]: number } = { requests: 0, replies: 0 }
  readonly #pipes = new Set<Pump>()
  readonly #slowdowns = new Set<{ readonly mostMs: number }>()

  /**
   * @param agenda Virtual time.
   * @param dice Its own random numbers, so that what happens on other links does not change it.
   * @param delays How long messages take.
   */
  constructor(agenda: Agenda, dice: Dice, delays: LinkDelays) {
    this.#agenda = agenda
    this.#dice = dice
    this.#delays = delays
  }

  /** Lets nothing through one way: it arrives later, in order. Each hold wants a {@link release}. */
  hold(way: Way): void {
    this.#holds[way]++
  }

  /** Lets messages through again. */
  release(way: Way): void {
    this.#holds[way] = Math.max(this.#holds[way] - 1, 0)
    if (this.#holds[way] === 0) for (const pipe of this.#pipes) if (pipe.way === way) pipe.pump()
  }

  /**
   * Lets messages take longer.
   *
   * @param mostMs Milliseconds at most; the longest of several holds.
   * @returns A function that ends it.
   */
  slow(mostMs: number): () => void {
    const slowdown = { mostMs }
    this.#slowdowns.add(slowdown)
    return () => void this.#slowdowns.delete(slowdown)
  }

  /** Whether messages are held on one way. */
  isHeld(way: Way): boolean {
    return this.#holds[way] > 0
  }

  /**
   * One way of a new connection.
   *
   * @param way Which.
   * @param deliver Takes a message at its other end.
   */
  open<message>(way: Way, deliver: (message: message) => void): Pipe<message> {
    const pipe: Pipe<message> = new Pipe(this, this.#agenda, way, deliver, () => this.#pipes.delete(pipe))
    this.#pipes.add(pipe)
    return pipe
  }

  /** How long the next message takes. Now and then one takes much longer, as when a packet was lost. */
  drawDelay(): number {
    const { leastMs } = this.#delays
    let { mostMs } = this.#delays
    for (const slowdown of this.#slowdowns) mostMs = Math.max(mostMs, slowdown.mostMs)
    return this.#dice.chance(0.01) ? this.#dice.time(mostMs, mostMs * 10) : this.#dice.time(leastMs, mostMs)
  }

  /** Whether a message goes along with the one written just before, as it does most often. */
  drawTogether(): boolean {
    return this.#dice.chance(0.9)
  }
}

interface Pump {
  readonly way: Way
  pump(): void
}

interface Packet<message> {
  readonly sentMs: number
  readonly dueMs: number
  readonly messages: message[]
}

/** One way of a connection: what goes in comes out later, in order, once. */
export class Pipe<message> implements Pump {
  readonly way: Way
  readonly #link: Link
  readonly #agenda: Agenda
  readonly #deliver: (message: message) => void
  readonly #onEnd: () => void
  readonly #packets: Packet<message>[] = []
  #isPumping = false
  #isEnding = false

  /**
   * @param link Whose it is.
   * @param agenda Virtual time.
   * @param way Which one.
   * @param deliver Takes a message at the other end.
   * @param onEnd Called when nothing comes any more.
   */
  constructor(link: Link, agenda: Agenda, way: Way, deliver: (message: message) => void, onEnd: () => void) {
    this.#link = link
    this.#agenda = agenda
    this.way = way
    this.#deliver = deliver
    this.#onEnd = onEnd
  }

  /** Puts something in. */
  send(message: message): void {
    const last = this.#packets.at(-1)
    const nowMs = this.#agenda.nowMs
    if (last !== undefined && last.sentMs === nowMs && this.#link.drawTogether()) {
      last.messages.push(message)
      return
    }
    const dueMs = Math.max(nowMs + this.#link.drawDelay(), last?.dueMs ?? 0)
    this.#packets.push({ sentMs: nowMs, dueMs, messages: [message] })
    this.pump()
  }

  /** Takes out what is under way. */
  take(): message[] {
    return this.#packets.splice(0).flatMap(({ messages }) => messages)
  }

  /** Nothing else will be put in: what is under way still arrives. */
  end(): void {
    this.#isEnding = true
    if (this.#packets.length === 0) this.#onEnd()
  }

  /** Sees to it that the next message arrives. */
  pump(): void {
    const [next] = this.#packets
    if (next === undefined || this.#isPumping || this.#link.isHeld(this.way)) return
    this.#isPumping = true
    this.#agenda.at(next.dueMs, () => {
      this.#isPumping = false
      if (this.#link.isHeld(this.way)) return
      const packet = this.#packets.shift()
      for (const message of packet?.messages ?? []) this.#deliver(message)
      if (this.#isEnding && this.#packets.length === 0) this.#onEnd()
      else this.pump()
    })
  }
}
