/** How requests ended. Of those that were wanted, each is one of `answered`, `failed5xx`, `lost`,
 * `turnedAway`, `refused` and `open`. */
export interface Counts {
  /** How many there were to be. */
  readonly wanted: number
  /** Whose last byte was handed to an established connection, as far as its client could know. */
  readonly sent: number
  /** With the whole of the answer that was expected. */
  readonly answered: number
  /** With the whole of an answer of status 500 or more. */
  readonly failed5xx: number
  /** Begun on an established connection, and not answered wholly, or not with what was expected. */
  readonly lost: number
  /** Sent by HTTP/2, and left by the server, which said so: nobody was served, but to ask somebody else is safe. */
  readonly turnedAway: number
  /** Whose connection was never there, or over before anything was sent. */
  readonly refused: number
  /** Of those, how many while the subject was to go on as before. */
  readonly refusedEarly: number
  /** Of which nothing is known, as the harness itself gave up on them. */
  readonly open: number
}

/** One request that was lost, turned away, or refused early. */
export interface Loss {
  readonly kind: string
  readonly path: string
  /** Which connection, counted from 1. */
  readonly connection: number
  /** What was seen. */
  readonly reason: string
  /** Milliseconds from the signal to its being sent; negative is before. `undefined`: it was not sent wholly. */
  readonly sentMs: number | undefined
  /** Milliseconds from the signal to its end. */
  readonly endedMs: number
}

/** What became of all requests. */
export interface LedgerReport {
  readonly counts: Counts
  /** The same by kind of request, such as `http1` or `upload`. */
  readonly kinds: Readonly<Record<string, Counts>>
  /** How often each reason was why a request was lost, turned away or refused early. Numbers in them are left out. */
  readonly reasons: Readonly<Record<string, number>>
  /** The first few, in the order of their end. */
  readonly losses: readonly Loss[]
  /** Milliseconds from the signal to the end of the last answer. `undefined`: there was none after it. */
  readonly lastAnswerMs: number | undefined
}

/** The entry of one request. Once it has an end, nothing changes it. */
export interface Ticket {
  /** Its first bytes are with the connection. */
  begun(): void
  /** Its last byte is. */
  sent(): void
  /** Its whole answer is there. */
  answered(status: number): void
  /** Its connection is over, or its answer is not the one: refused if it was not begun, else lost. */
  broken(reason: string): void
  /** The server did not take it, and said so. */
  turnedAway(reason: string): void
  /** It never got as far as the server. */
  refused(reason: string): void
}

/** Keeps the entries of a run. */
export interface Ledger {
  /**
   * Enters a request that a client is about to make.
   *
   * @param kind What it is counted as.
   * @param path Its path, for the report.
   * @param connection The number of its connection, from {@link Ledger.connection}.
   */
  open(kind: string, path: string, connection: number): Ticket
  /** Numbers a connection. */
  connection(): number
  /** Why every request that is broken from now on is: what the harness itself did. */
  blame(reason: string): void
  report(): LedgerReport
}

/** Options of {@link createLedger}. */
export interface LedgerOptions {
  /** Milliseconds since the signal, or `undefined` if there was none yet. */
  sinceSignalMs(atMs?: number): number | undefined
  /** Milliseconds after the signal in which nobody may be refused. */
  readonly servesForMs: number
}

interface Entry {
  readonly kind: string
  readonly path: string
  readonly connection: number
  state: 'waiting' | 'begun' | 'answered' | 'failed5xx' | 'lost' | 'turnedAway' | 'refused'
  isEarly: boolean
  reason: string
  sentAtMs: number | undefined
  endedAtMs: number
}

const MOST_LOSSES = 8

/** Creates an empty ledger. */
export function createLedger({ sinceSignalMs, servesForMs }: LedgerOptions): Ledger {
  const entries: Entry[] = []
  let connections = 0
  let blamed: string | undefined
  return {
    connection: () => ++connections,
    open(kind, path, connection) {
      const entry: Entry = {
        kind,
        path,
        connection,
        state: 'waiting',
        isEarly: false,
        reason: '',
        sentAtMs: undefined,
        endedAtMs: 0,
      }
      entries.push(entry)
      return toTicket(entry)
    },
    blame(reason) {
      blamed ??= reason
    },
    report,
  }

  function toTicket(entry: Entry): Ticket {
    function end(state: Exclude<Entry['state'], 'waiting' | 'begun'>, reason = ''): void {
      if (entry.state !== 'waiting' && entry.state !== 'begun') return
      entry.state = state
      entry.endedAtMs = performance.now()
      entry.reason = state === 'lost' ? (blamed ?? reason) : reason
      const sinceMs = sinceSignalMs()
      entry.isEarly = state === 'refused' && blamed === undefined && (sinceMs === undefined || sinceMs < servesForMs)
    }
    return {
      begun() {
        if (entry.state === 'waiting') entry.state = 'begun'
      },
      sent() {
        if (entry.state === 'waiting') entry.state = 'begun'
        if (entry.state === 'begun') entry.sentAtMs ??= performance.now()
      },
      answered(status) {
        if (status >= 500) end('failed5xx')
        else if (status === 200) end('answered')
        else end('lost', `answered with status ${status}`)
      },
      broken: (reason) => end(entry.state === 'waiting' ? 'refused' : 'lost', reason),
      turnedAway: (reason) => end('turnedAway', reason),
      refused: (reason) => end('refused', reason),
    }
  }

  function report(): LedgerReport {
    const kinds = [...new Set(entries.map(({ kind }) => kind))]
    const bad = entries
      .filter(({ state, isEarly }) => state === 'lost' || state === 'turnedAway' || isEarly)
      .sort((one, other) => one.endedAtMs - other.endedAtMs)
    const reasons: Record<string, number> = {}
    for (const { state, reason } of bad) {
      const name = `${state === 'refused' ? 'refused early: ' : ''}${reason.replace(/\d+ of \d+|\d+(?= bytes)/g, 'n')}`
      reasons[name] = (reasons[name] ?? 0) + 1
    }
    const lastAnswerMs = entries.reduce<number>(
      (last, { state, endedAtMs }) =>
        state === 'answered' || state === 'failed5xx' ? Math.max(last, sinceSignalMs(endedAtMs) ?? -1) : last,
      -1,
    )
    return {
      counts: count(entries),
      kinds: Object.fromEntries(kinds.map((name) => [name, count(entries.filter(({ kind }) => kind === name))])),
      reasons,
      losses: bad.slice(0, MOST_LOSSES).map(toLoss),
      lastAnswerMs: lastAnswerMs < 0 ? undefined : round(lastAnswerMs),
    }
  }

  function toLoss({ kind, path, connection, reason, sentAtMs, endedAtMs }: Entry): Loss {
    return {
      kind,
      path,
      connection,
      reason,
      sentMs: sentAtMs === undefined ? undefined : round(sinceSignalMs(sentAtMs) ?? Number.NaN),
      endedMs: round(sinceSignalMs(endedAtMs) ?? Number.NaN),
    }
  }
}

function count(entries: readonly Entry[]): Counts {
  const of = (...states: readonly Entry['state'][]): number =>
    entries.filter(({ state }) => states.includes(state)).length
  return {
    wanted: entries.length,
    sent: entries.filter(({ sentAtMs, state }) => sentAtMs !== undefined && state !== 'refused').length,
    answered: of('answered'),
    failed5xx: of('failed5xx'),
    lost: of('lost'),
    turnedAway: of('turnedAway'),
    refused: of('refused'),
    refusedEarly: entries.filter(({ isEarly }) => isEarly).length,
    open: of('waiting', 'begun'),
  }
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10
}
