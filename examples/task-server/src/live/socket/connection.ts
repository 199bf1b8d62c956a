import type { RawData } from 'ws'
import type { AnyError } from '../../http/errors.ts'
import { CLOSINGS, type Closing } from './close-codes.ts'
import type { Counts } from './counts.ts'
import { AlreadySubscribedError, ConnectionBusyError, SubscriptionLimitError } from './errors.ts'
import type { LiveSocket } from './live-socket.ts'
import { type ClientMessage, type LiveRequest, type ReadMessage, requestIdOf } from './protocol.ts'
import { type AnswerRequest, toAnswer, type Visitor } from './requests.ts'
import { type Recipient, Sender, type SenderParts } from './sender.ts'
import { SharedMessage } from './shared-message.ts'
import { Subscription, type SubscriptionParts } from './subscription.ts'
import { TokenBucket } from './token-bucket.ts'

/** What all connections share. */
export interface ConnectionParts extends Omit<SubscriptionParts, 'send'>, Omit<SenderParts, 'counts' | 'snapshots'> {
  readonly counts: Counts
  readonly read: ReadMessage
  readonly answer: AnswerRequest
  /**
   * Hears of a mistake of our own.
   *
   * @param error What was thrown.
   */
  fail(error: unknown): void
}

/** One client, as it came in. */
export interface Client extends Recipient {
  readonly visitor: Visitor
  /** What it is told first. */
  readonly welcome: Readonly<Record<string, unknown>>
}

/** What messages cost beside their bytes: so there are at most some 250 small ones a second, or 8 subscriptions. */
const MESSAGE_COST = 500
const SUBSCRIBE_COST = 16_000
/** Beats that may go by in silence. */
const SILENT_BEATS = 2

/** One client that is connected. */
export class Connection {
  readonly #parts: ConnectionParts
  readonly #socket: LiveSocket
  readonly #visitor: Visitor
  readonly #sender: Sender
  readonly #inbound: TokenBucket
  readonly #subscriptions = new Map<string, Subscription>()
  #underWay = 0
  #mistakes = 0
  #silentBeats = 0
  #askedAtMs: number
  /** Why this side ends it, from then on. */
  #closing: Closing | undefined
  /** Whether that was said, or the other side went: nothing is sent or read any more. */
  #isOver = false
  #stopBeat: () => void = () => {}
  #stopPause: (() => void) | undefined
  #stopGoodbye: () => void = () => {}

  /**
   * @param client The client.
   * @param parts What all connections share.
   */
  constructor(client: Client, parts: ConnectionParts) {
    const { socket, transport, visitor, welcome } = client
    const { limits, clock } = parts
    this.#parts = parts
    this.#socket = socket
    this.#visitor = visitor
    this.#sender = new Sender(client, parts, {
      onFull: (closing) => this.#drop(closing),
      onEmpty: () => this.#closeIfDone(),
    })
    this.#inbound = new TokenBucket(limits.clientBytesPerSecond, limits.clientBurstBytes, clock)
    this.#askedAtMs = clock.now()
    socket.transport = transport
    socket.on('message', (data, isBinary) => this.#onMessage(data, isBinary))
    socket.on('ping', () => this.#onSign(MESSAGE_COST))
    socket.on('pong', () => this.#onSign(MESSAGE_COST))
    socket.on('close', (code) => this.#onClose(code))
    this.#beat()
    this.#tell({ type: 'welcome', ...welcome })
  }

  /** Boards that it follows. */
  get subscriptions(): number {
    return this.#subscriptions.size
  }

  /**
   * Ends it in order: what came is answered, what waits is sent, within a time limit. Nothing more is read.
   *
   * @param code What the client is told.
   * @param reason The same in words.
   */
  close(code: number, reason: string): void {
    this.#end({ ...CLOSINGS.stopping, code, reason })
  }

  /** Ends it at once. */
  terminate(): void {
    this.#socket.terminate()
  }

  #end(closing: Closing): void {
    if (this.#closing !== undefined || this.#isOver) return
    this.#closing = closing
    this.#socket.pause()
    this.#parts.batches.flush()
    this.#unfollow()
    this.#stopGoodbye = this.#parts.clock.after(this.#parts.limits.goodbyeMs, () => this.#sayGoodbye(closing))
    this.#closeIfDone()
  }

  /** It has waited for too long: what waits is thrown away. */
  #drop(closing: Closing): void {
    if (this.#isOver) return
    this.#closing ??= closing
    this.#sayGoodbye(this.#closing)
  }

  #closeIfDone(): void {
    if (this.#closing === undefined || this.#isOver) return
    if (this.#underWay === 0 && this.#sender.isEmpty) this.#sayGoodbye(this.#closing)
  }

  #sayGoodbye({ code, reason }: Closing): void {
    if (this.#isOver) return
    this.#release()
    // The goodbye of the client has to be read.
    this.#socket.resume()
    this.#socket.close(code, reason)
    this.#stopGoodbye = this.#parts.clock.after(this.#parts.limits.goodbyeMs, () => this.#socket.terminate())
  }

  /** From here on nothing is sent, nor followed. */
  #release(): void {
    this.#isOver = true
    this.#unfollow()
    this.#sender.close()
    this.#stopBeat()
    this.#stopPause?.()
    this.#stopGoodbye()
  }

  #unfollow(): void {
    for (const subscription of this.#subscriptions.values()) subscription.close()
    this.#subscriptions.clear()
  }

  #onClose(code: number): void {
    this.#release()
    this.#parts.counts.close(this.#closing?.why ?? whyOf(code))
  }

  #beat(): void {
    const { limits, clock } = this.#parts
    this.#stopBeat = clock.after(limits.heartbeatMs, () => {
      if (clock.now() - this.#askedAtMs >= limits.idleMs) return this.#end(CLOSINGS.idle)
      if (this.#silentBeats >= SILENT_BEATS) {
        this.#closing ??= SILENT
        return this.#socket.terminate()
      }
      this.#silentBeats++
      this.#socket.ping()
      this.#beat()
    })
  }

  /** Something came, which costs so much of what may come. */
  #onSign(cost: number): void {
    this.#silentBeats = 0
    this.#inbound.take(cost)
    const { waitMs } = this.#inbound
    if (waitMs === 0 || this.#stopPause !== undefined || this.#isOver) return
    this.#socket.pause()
    this.#stopPause = this.#parts.clock.after(waitMs, () => {
      this.#stopPause = undefined
      if (this.#closing === undefined) this.#socket.resume()
    })
  }

  #onMessage(data: RawData, isBinary: boolean): void {
    if (this.#isOver || this.#closing !== undefined) return
    this.#askedAtMs = this.#parts.clock.now()
    if (isBinary) return this.#drop(CLOSINGS.binary)
    // As `binaryType` is.
    const bytes = data as Buffer
    this.#onSign(bytes.length + MESSAGE_COST)
    let json: unknown
    try {
      json = JSON.parse(bytes.toString())
    } catch {
      return this.#drop(CLOSINGS.notJson)
    }
    this.#handle(json)
  }

  #handle(json: unknown): void {
    let message: ClientMessage
    try {
      message = this.#parts.read(json)
      this.#obey(message)
      this.#mistakes = 0
    } catch (error) {
      this.#refuse(json, error as AnyError)
    }
  }

  #refuse(json: unknown, error: AnyError): void {
    const { limits, counts, fail } = this.#parts
    const { status, body } = toAnswer(error)
    if (status === 500) fail(error)
    const id = requestIdOf(json)
    if (id === undefined) {
      const { type, board } = Object(json) as Partial<Record<string, unknown>>
      const named = typeof board === 'string' && board.length <= 64 ? { board } : {}
      this.#tell({ type: 'error', to: typeof type === 'string' ? type.slice(0, 64) : null, ...named, problem: body })
    } else this.#tell({ type: 'response', id, status, body })
    if (status !== 400) return
    counts.mistake()
    if (++this.#mistakes >= limits.maxMistakes) this.#end(CLOSINGS.mistakes)
  }

  #obey(message: ClientMessage): void {
    switch (message.type) {
      case 'subscribe':
        return this.#subscribe(message.board, message.since)
      case 'unsubscribe':
        this.#subscriptions.get(message.board)?.close()
        this.#subscriptions.delete(message.board)
        // Also if it did not: nothing of it comes after this.
        return this.#tell({ type: 'unsubscribed', board: message.board })
      case 'request':
        return this.#request(message)
    }
  }

  #subscribe(board: string, since: number | undefined): void {
    const { limits, feeds, batches, snapshots } = this.#parts
    if (this.#subscriptions.has(board)) throw new AlreadySubscribedError(board)
    if (this.#subscriptions.size >= limits.maxBoards) throw new SubscriptionLimitError(limits.maxBoards)
    this.#onSign(SUBSCRIBE_COST)
    const send: SubscriptionParts['send'] = (message) => this.#sender.send(message)
    this.#subscriptions.set(board, new Subscription(board, since, { feeds, batches, snapshots, send }))
  }

  #request(request: LiveRequest): void {
    if (this.#underWay >= this.#parts.limits.maxRequests) throw new ConnectionBusyError()
    this.#underWay++
    void this.#parts.answer(request, this.#visitor).then((answer) => {
      this.#underWay--
      this.#tell({ type: 'response', id: request.id, ...answer })
      this.#closeIfDone()
    })
  }

  #tell(message: Readonly<Record<string, unknown>>): void {
    this.#sender.send(new SharedMessage(JSON.stringify(message)))
  }
}

/** No close frame is sent: nobody would read it. */
const SILENT: Closing = { code: 1006, reason: '', why: 'silent' }

/** By what the other side said, or `ws` about it. */
function whyOf(code: number): string {
  switch (code) {
    case 1000:
    case 1001:
    case 1005:
      return 'client'
    case 1006:
      return 'lost'
    default:
      return code === 1002 || code === 1007 || code === 1008 || code === 1009 ? 'rubbish' : 'other'
  }
}
