import type { Agenda, Appointment } from './agenda.ts'
import { checkSlots } from './key-slot.ts'
import { COMMANDS, runCommand, syntaxError } from './redis-commands.ts'
import { RedisDatabase, trimStream } from './redis-database.ts'
import { parseRead, readStreams, type StreamRead } from './redis-reading.ts'
import { ScriptHost } from './redis-script-host.ts'
import { SCRIPT_TWINS, type ScriptTwin } from './redis-scripts.ts'
import { Tracking } from './redis-tracking.ts'
import { copyData, type RedisData, type RedisReply, RedisReplyError, toBytes } from './redis-values.ts'
import { WORLD_EPOCH_MS } from './simulated-node.ts'

/** Options of {@link SimulatedRedis}. */
export interface SimulatedRedisOptions {
  /**
   * Entries in a block of a stream, `stream-node-max-entries`: `MAXLEN ~` takes whole blocks.
   *
   * @defaultValue `1`, as early as Redis ever could: its own is 100
   */
  readonly blockEntries?: number | undefined
  /**
   * What scripts do, by the name they have in the Redis tier. A test of a test puts faults in here.
   *
   * @defaultValue `SCRIPT_TWINS`
   */
  readonly twins?: Readonly<Record<string, ScriptTwin>> | undefined
  /**
   * Whether keys of one command have to be in one hash slot, as in a cluster.
   *
   * @defaultValue `false`
   */
  readonly checksSlots?: boolean | undefined
  /**
   * What it says it is. Below 7, `SET` refuses `NX` with `GET`.
   *
   * @defaultValue `7.0.15`
   */
  readonly version?: string | undefined
}

/** What a client is to a server. */
export interface RedisPeer {
  /** Hears what its commands were answered, in their order. */
  onReply(reply: RedisReply | RedisReplyError): void
  /** Hears what it subscribed to. */
  onPush(message: RedisReply): void
  /** The server closed the connection. */
  onClose(): void
}

/** A connection, as a server sees it. */
export interface RedisSession {
  readonly id: number
  readonly peer: RedisPeer
  /** What came while a command waits. */
  readonly waiting: (readonly string[])[]
  blocked: BlockedRead | undefined
  isResp3: boolean
}

interface BlockedRead {
  readonly read: StreamRead
  /** Unix milliseconds on the server's clock, as in Redis 7.0: a jump of the clock ends a wait early, or late. */
  readonly untilMs: number | undefined
  timer: Appointment | undefined
}

/** With what a server begins again. */
export type RestartData = 'everything' | 'nothing' | 'snapshot'

/** A Redis server in memory, on virtual time: it knows the commands and scripts that the Redis tier uses. */
export class SimulatedRedis {
  /** Its number in the world. */
  readonly id: number
  /** How many commands it has executed, those inside of scripts not counted. */
  executed = 0
  readonly #agenda: Agenda
  readonly #database: RedisDatabase
  readonly #scripts: ScriptHost
  readonly #checksSlots: boolean
  readonly #version: string
  readonly #sessions = new Set<RedisSession>()
  readonly #tracking = new Tracking((id) => [...this.#sessions].find((session) => session.id === id))
  /** Streams that got entries in the command that runs. */
  readonly #appended = new Set<string>()
  readonly #inbox: (() => void)[] = []
  #sessionIds = 0
  #pauses = 0
  #downs = 0
  #isSilent = false
  readonly #whenThere: (() => void)[] = []
  #skewMs = 0
  #snapshot: RedisData = new Map()

  /**
   * @param id Its number.
   * @param agenda Virtual time.
   * @param options What it is like.
   */
  constructor(
    id: number,
    agenda: Agenda,
    { blockEntries = 1, twins = SCRIPT_TWINS, checksSlots = false, version = '7.0.15' }: SimulatedRedisOptions = {},
  ) {
    this.id = id
    this.#agenda = agenda
    this.#checksSlots = checksSlots
    this.#version = version
    this.#database = new RedisDatabase(() => this.nowMs, blockEntries, {
      onChange: (key) => this.#tracking.onChange(key),
      onAppend: (key) => this.#appended.add(key),
    })
    this.#scripts = new ScriptHost(this.#database, twins, (keys) => {
      if (checksSlots) checkSlots(keys)
    })
  }

  /** Unix milliseconds on its own clock, with fractions. */
  get nowMs(): number {
    return WORLD_EPOCH_MS + this.#agenda.nowMs + this.#skewMs
  }

  /** `paused` as by SIGSTOP, `down` as by SIGKILL. */
  get state(): 'runs' | 'paused' | 'down' {
    return this.#downs > 0 ? 'down' : this.#pauses > 0 ? 'paused' : 'runs'
  }

  /** Whether not even its machine is there to refuse a connection. */
  get isSilent(): boolean {
    return this.#downs > 0 && this.#isSilent
  }

  /** How many connections it has. */
  get sessions(): number {
    return this.#sessions.size
  }

  /** Does something once its machine is there again. */
  whenThere(run: () => void): void {
    this.#whenThere.push(run)
  }

  /** What is stored. For looking at, and for tests that put something odd in. */
  get database(): RedisDatabase {
    return this.#database
  }

  /**
   * A connection from a client; the system accepts it even while the server is paused.
   *
   * @param peer The client.
   * @returns Its session, or `undefined` if the server is down.
   */
  accept(peer: RedisPeer): RedisSession | undefined {
    if (this.#downs > 0) return undefined
    const session: RedisSession = { id: ++this.#sessionIds, peer, waiting: [], blocked: undefined, isResp3: false }
    this.#sessions.add(session)
    return session
  }

  /**
   * A command from a client: its reply comes at once, or when it is ready.
   *
   * @param session Who sent it.
   * @param args Name and arguments, as bytes.
   * @returns Whether the server knows the session.
   */
  receive(session: RedisSession, args: readonly string[]): boolean {
    if (!this.#sessions.has(session)) return false
    if (this.#pauses > 0) this.#inbox.push(() => this.#take(session, args))
    else this.#take(session, args)
    return true
  }

  /**
   * A client has closed its connection.
   *
   * @param session Whose it was.
   */
  leave(session: RedisSession): void {
    if (this.#pauses > 0) this.#inbox.push(() => this.#forget(session))
    else this.#forget(session)
  }

  /**
   * Executes a command on behalf of nobody, whatever state the server is in. `XREAD` does not wait.
   *
   * @param args Name and arguments, as text, bytes or numbers.
   * @throws {RedisReplyError} What Redis answers to a mistake.
   */
  call(...args: readonly (string | number | Uint8Array)[]): RedisReply {
    const reply = this.#execute(undefined, args.map(toBytes))
    this.#afterCommand()
    return reply ?? null
  }

  /** Stops it, as SIGSTOP does. Each stop wants a {@link resume}. */
  pause(): void {
    this.#pauses++
  }

  /** Lets it go on. */
  resume(): void {
    this.#pauses = Math.max(this.#pauses - 1, 0)
    if (this.#pauses > 0) return
    for (let next = this.#inbox.shift(); next !== undefined; next = this.#inbox.shift()) next()
    for (const session of this.#sessions) if (session.blocked !== undefined) this.#arm(session, session.blocked)
  }

  /**
   * Kills it. Each crash wants a {@link start}.
   *
   * @param isSilent Whether its machine goes as well, so that no client is told.
   */
  crash(isSilent: boolean): void {
    this.#downs++
    this.#isSilent = isSilent
    const sessions = [...this.#sessions]
    this.#inbox.length = 0
    for (const session of sessions) {
      this.#forget(session)
      if (!isSilent) session.peer.onClose()
    }
  }

  /**
   * Begins again.
   *
   * @param data With what: an older `snapshot` is what an asynchronous failover, or a dump on disk, gives.
   */
  start(data: RestartData): void {
    this.#downs = Math.max(this.#downs - 1, 0)
    if (this.#downs > 0) return
    if (data !== 'everything') this.#database.data = data === 'nothing' ? new Map() : copyData(this.#snapshot)
    this.#scripts.forget()
    for (const run of this.#whenThere.splice(0)) run()
  }

  /** Keeps a copy of what is there, for a later {@link start}. */
  takeSnapshot(): void {
    this.#snapshot = copyData(this.#database.data)
  }

  /** Closes every connection, as `CLIENT KILL` does. */
  closeSessions(): void {
    for (const session of [...this.#sessions]) {
      this.#forget(session)
      session.peer.onClose()
    }
  }

  /**
   * Sets its clock: keys expire, and waits end, earlier or later.
   *
   * @param byMs Milliseconds from what it says now.
   */
  jumpTime(byMs: number): void {
    this.#skewMs += byMs
    for (const session of this.#sessions) if (session.blocked !== undefined) this.#arm(session, session.blocked)
  }

  /** Forgets all scripts, as `SCRIPT FLUSH` does. */
  forgetScripts(): void {
    this.#scripts.forget()
  }

  /**
   * Takes the oldest entries out of every stream.
   *
   * @param keep How many stay.
   */
  trim(keep: number): void {
    for (const { value } of this.#database.data.values())
      if (value.kind === 'stream') trimStream(value, keep, undefined)
  }

  /**
   * Evicts a key, as a server without memory does.
   *
   * @param index Which one, in order of their bytes; counted round and round.
   * @returns The key, if there was one.
   */
  evict(index: number): string | undefined {
    const keys = this.#database.keys()
    const key = keys[index % keys.length]
    if (key !== undefined) this.#database.remove(key)
    this.#afterCommand()
    return key
  }

  #take(session: RedisSession, args: readonly string[]): void {
    if (!this.#sessions.has(session)) return
    if (session.blocked !== undefined) {
      session.waiting.push(args)
      return
    }
    let reply: RedisReply | RedisReplyError | undefined
    try {
      reply = this.#execute(session, args)
    } catch (error) {
      if (!(error instanceof RedisReplyError)) throw error
      reply = error
    }
    if (reply !== undefined) session.peer.onReply(reply)
    this.#afterCommand()
  }

  #execute(
    session: RedisSession | undefined,
    [nameInAnyCase = '', ...args]: readonly string[],
  ): RedisReply | undefined {
    this.executed++
    const name = nameInAnyCase.toLowerCase()
    switch (name) {
      case 'evalsha':
      case 'eval':
        return this.#scripts.evaluate(name, args)
      case 'script':
        return this.#scripts.manage(args)
      case 'xread':
        return this.#xread(session, args)
      case 'flushall':
      case 'flushdb':
        this.#database.data.clear()
        this.#tracking.onFlush()
        return 'OK'
      case 'info':
        return `# Server\r\nredis_version:${this.#version}\r\nredis_mode:standalone\r\nloading:0\r\n`
      case 'hello':
        if (session !== undefined) session.isResp3 = args[0] === '3'
        return ['server', 'redis', 'version', this.#version, 'proto', Number(args[0] ?? 2), 'id', session?.id ?? 0]
      case 'client':
      case 'subscribe':
      case 'unsubscribe':
        if (session === undefined) throw new RangeError(`Cannot simulate ${name} without a client`)
        return this.#tracking.execute(session, name, args)
      case 'ping':
        if (session !== undefined && !session.isResp3 && this.#tracking.isSubscriber(session))
          return ['pong', args[0] ?? '']
        break
      case 'set':
        if (Number.parseInt(this.#version, 10) < 7 && hasWord(args, 'NX') && hasWord(args, 'GET')) throw syntaxError()
    }
    if (this.#checksSlots && COMMANDS.get(name)?.keys === 'all') checkSlots(args)
    return runCommand(this.#database, name, args)
  }

  #xread(session: RedisSession | undefined, args: readonly string[]): RedisReply | undefined {
    const read = parseRead(this.#database, args)
    const found = readStreams(this.#database, read)
    if (found !== null || read.blockMs === undefined || session === undefined) return found
    const untilMs = read.blockMs === 0 ? undefined : this.nowMs + read.blockMs
    session.blocked = { read, untilMs, timer: undefined }
    this.#arm(session, session.blocked)
    return undefined
  }

  #arm(session: RedisSession, blocked: BlockedRead): void {
    blocked.timer?.cancel()
    if (blocked.untilMs === undefined) return
    blocked.timer = this.#agenda.at(this.#agenda.nowMs + Math.max(blocked.untilMs - this.nowMs, 0), () => {
      if (this.#pauses === 0 && session.blocked === blocked) this.#unblock(session, null)
    })
  }

  #unblock(session: RedisSession, reply: RedisReply): void {
    session.blocked?.timer?.cancel()
    session.blocked = undefined
    session.peer.onReply(reply)
    while (session.blocked === undefined && session.waiting.length > 0) {
      this.#take(session, session.waiting.shift() as readonly string[])
    }
  }

  /** Tells those who wait for entries, and those who track keys. */
  #afterCommand(): void {
    if (this.#appended.size > 0) {
      const appended = [...this.#appended]
      this.#appended.clear()
      for (const session of [...this.#sessions]) if (session.blocked !== undefined) this.#wake(session, appended)
    }
    this.#tracking.tell()
  }

  #wake(session: RedisSession, appended: readonly string[]): void {
    const read = session.blocked?.read
    const streams = read?.streams.filter(([key]) => appended.includes(key) && this.#database.isOf(key, 'stream')) ?? []
    if (read === undefined || streams.length === 0) return
    const found = readStreams(this.#database, { ...read, streams })
    if (found !== null) this.#unblock(session, found)
  }

  #forget(session: RedisSession): void {
    session.blocked?.timer?.cancel()
    session.blocked = undefined
    session.waiting.length = 0
    this.#sessions.delete(session)
    this.#tracking.forget(session)
  }
}

function hasWord(args: readonly string[], word: string): boolean {
  return args.slice(2).some((arg) => arg.toUpperCase() === word)
}
