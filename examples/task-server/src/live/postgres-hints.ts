import { type Clock, systemClock } from '@breakwater/core'
import pg from 'pg'
import type { Hints } from './hints.ts'

/** Named in `migrations/003.do.create-boards.sql`. */
const CHANNEL = 'task_changes'
/** For a connection, and for each answer on it. */
const LIMIT_MS = 2_000
/** Nothing comes on a connection that leads nowhere any more, which is no different from one on which nothing is told. */
const LOOK_EVERY_MS = 5_000
const RETRY_MS = 200
const MAX_RETRY_MS = 5_000

type OnHint = Parameters<Hints['hear']>[0]
type OnState = Parameters<Hints['hear']>[1]

/**
 * Creates hints that travel through PostgreSQL itself: whoever changes a task tells them, with the change. They are heard on a
 * connection of their own, which is made while somebody hears.
 *
 * @param url Where the server is. Its password is never shown.
 * @param clock Times what is tried again.
 */
export function createPostgresHints(url: string, clock: Clock = systemClock): Hints {
  return {
    tell: () => undefined,
    hear(onHint, onState) {
      const ear = new Ear(url, clock, onHint, onState)
      return () => ear.close()
    },
  }
}

class Ear {
  readonly #url: string
  readonly #clock: Clock
  readonly #onHint: OnHint
  readonly #onState: OnState
  #client: pg.Client | undefined
  #stopTimer: (() => void) | undefined
  /** Connections in a row that were lost, or could not be had. */
  #losses = 0
  #isClosed = false

  constructor(url: string, clock: Clock, onHint: OnHint, onState: OnState) {
    this.#url = url
    this.#clock = clock
    this.#onHint = onHint
    this.#onState = onState
    this.#connect()
  }

  close(): void {
    this.#isClosed = true
    this.#drop()
  }

  #connect(): void {
    const client = new pg.Client({
      connectionString: this.#url,
      application_name: 'task-server-live',
      connectionTimeoutMillis: LIMIT_MS,
      query_timeout: LIMIT_MS,
      keepAlive: true,
    })
    this.#client = client
    const lose = (error: unknown): void => this.#lose(client, error)
    client.on('error', lose)
    client.on('end', () => lose(new Error('PostgreSQL closed the connection')))
    client.on('notification', ({ payload = '' }) => this.#hear(payload))
    client
      .connect()
      .then(() => client.query(`listen ${CHANNEL}`))
      .then(() => this.#begin(client), lose)
  }

  #begin(client: pg.Client): void {
    if (client !== this.#client) return
    if (this.#losses > 0) this.#onState(undefined)
    this.#losses = 0
    this.#onHint(undefined, undefined)
    this.#lookLater(client)
  }

  #lookLater(client: pg.Client): void {
    this.#stopTimer = this.#clock.after(LOOK_EVERY_MS, () => {
      client.query('select 1').then(
        () => client === this.#client && this.#lookLater(client),
        (error) => this.#lose(client, error),
      )
    })
  }

  #lose(client: pg.Client, error: unknown): void {
    if (client !== this.#client) return
    this.#drop()
    if (this.#isClosed) return
    if (this.#losses === 0) this.#onState(error)
    const delayMs = Math.min(RETRY_MS * 2 ** this.#losses++, MAX_RETRY_MS) * (0.5 + Math.random() / 2)
    this.#stopTimer = this.#clock.after(delayMs, () => this.#connect())
  }

  /** Not waited for: a server that hangs says no goodbye. */
  #drop(): void {
    this.#stopTimer?.()
    const client = this.#client
    this.#client = undefined
    client?.end().catch(() => undefined)
  }

  #hear(payload: string): void {
    const [, board, version] = /^([a-z0-9-]+):(\d{1,15})$/.exec(payload) ?? []
    this.#onHint(board, version === undefined ? undefined : Number(version))
  }
}
