import { type Clock, createOperation, type Measured, systemClock } from '@breakwater/core'
import {
  type CircuitBreaker,
  createBulkhead,
  createCircuitBreaker,
  createRetry,
  createRetryBudget,
  createTimeout,
  type Pipeline,
  pipeline,
} from '@breakwater/resilience'
import type { Database } from './database.ts'
import { classifyError, mayRepeat } from './judge.ts'

/** In events, errors and metrics. */
const NAME = 'database'
/** For a new connection, the statement and its answer: over what the server itself gives a statement. */
const LIMIT_MS = 3_000
/** With 1,000 users at once, each may have one request waiting. */
const MAX_QUEUED = 1_000
const MAX_WAIT_MS = 2_000
/** To ask a server that is away for one connection a second costs nobody anything. */
const OPEN_FOR_MS = 1_000
const RETRY_DELAY_MS = 50

/** On which statements are told to those who trace them or look for slow ones, with everything that their policies do. */
export const STATEMENT_CHANNEL = 'task-server:database:statement'

/** A database that is asked no more than it can take, and not at all while it is away. */
export interface GuardedDatabase extends Database {
  /** Knows whether it is away. */
  readonly circuit: CircuitBreaker
  /** All that stands around it, for who counts. */
  readonly policies: readonly Measured[]
}

/** Options of {@link guardDatabase}. */
export interface GuardOptions {
  /** @defaultValue 1,000: one for each of the users it is meant for */
  readonly maxQueued?: number | undefined
  /** @defaultValue 2,000 ms, the longest that an answer may take for nearly all */
  readonly maxWaitMs?: number | undefined
  /** @defaultValue 3,000 ms, a second more than the server gives a statement: what runs or waits at a stop ends within its 5 s */
  readonly limitMs?: number | undefined
  /** @defaultValue 1,000 ms; our choice, as one probe a second is no load */
  readonly openForMs?: number | undefined
  /** @defaultValue `systemClock` */
  readonly clock?: Clock | undefined
}

/**
 * Puts policies around a database. From outside in:
 *
 * - A retry, for what may be run again, see `judge.ts`. Reads and changes share one budget.
 * - A bulkhead with as many places as the database has connections: who waits waits here, bounded in number and time. It
 *   stands outside of the circuit breaker, so that who waited meets it as it is by then, and waiting is no slowness of the
 *   database.
 * - A circuit breaker, which after five failures in a row asks one probe a second.
 * - A timeout, which closes the connection of what it gives up.
 *
 * Transactions have limits of their own, and are never run again: they only need a place and a database that is there.
 *
 * @param database What to guard. It must not be used but through what is returned.
 * @param options The limits, which tests replace.
 */
export function guardDatabase(database: Database, options: GuardOptions = {}): GuardedDatabase {
  const { maxQueued = MAX_QUEUED, maxWaitMs = MAX_WAIT_MS, limitMs = LIMIT_MS, openForMs = OPEN_FOR_MS } = options
  const { clock = systemClock } = options
  const { description, maxConcurrent } = database
  const places = createBulkhead({ name: NAME, maxConcurrent, maxQueued, maxWaitMs, clock })
  const circuit = createCircuitBreaker({
    name: NAME,
    openForMs,
    // One that hangs is not joined by others: it decides when its time is over.
    probeLeaseMs: limitMs,
    classifyError,
    clock,
  })
  const timeout = createTimeout({ name: NAME, limitMs, clock })
  const budget = createRetryBudget({ name: NAME, clock })

  function createStatements(name: string, isRepeatable: boolean): Pipeline {
    const retry = createRetry({
      name,
      baseDelayMs: RETRY_DELAY_MS,
      budget,
      isRetryable: (error) => mayRepeat(error, isRepeatable),
      // What an error says is for clients. A new connection may be had at once.
      retryAfter: () => 0,
      clock,
    })
    return pipeline(retry, places, circuit, timeout)
  }

  const statements = createOperation<{ readonly statement: string; readonly text: string }>(STATEMENT_CHANNEL, NAME)
  const repeatable = createStatements(`${NAME}-repeatable`, true)
  const once = createStatements(`${NAME}-once`, false)
  const transactions = pipeline(places, circuit)
  return {
    description,
    maxConcurrent,
    circuit,
    policies: [places, circuit, timeout, budget],
    query: (statement, values, options) =>
      statements.trace({ statement: statement.name, text: statement.text }, () =>
        (statement.isRepeatable === true ? repeatable : once).execute(
          ({ signal }) => database.query(statement, values, { signal }),
          options,
        ),
      ),
    transaction: (run) => transactions.execute(() => database.transaction(run)),
    renew: database.renew,
    close: () => database.close(),
  }
}
