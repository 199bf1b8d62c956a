import { createHistogram, type Measurement } from '@breakwater/core'
import type { LiveRequest } from './protocol.ts'

/** Why somebody was not let in. */
export type Refusal = 'limit' | 'overloaded' | 'stopping'

/** What happened on all connections, beside what `metrics` counts of any WebSocket. */
export class Counts {
  readonly #refused = new Map<string, number>()
  readonly #closed = new Map<string, number>()
  readonly #requests = new Map<string, number>()
  readonly #seconds = createHistogram()
  #wireBytes = 0
  #mistakes = 0

  /** @param why Why somebody was not let in. */
  refuse(why: Refusal): void {
    add(this.#refused, why)
  }

  /** @param why Why a connection ended. From a bounded set. */
  close(why: string): void {
    add(this.#closed, why)
  }

  /** @param bytes What went over the wire, of one message. */
  send(bytes: number): void {
    this.#wireBytes += bytes
  }

  /** Counts a message that was wrong. */
  mistake(): void {
    this.#mistakes++
  }

  /**
   * Counts a request.
   *
   * @param method Its method.
   * @param status Its status.
   * @param durationMs How long it took, in milliseconds.
   */
  request(method: LiveRequest['method'], status: number, durationMs: number): void {
    add(this.#requests, `${method} ${status}`)
    this.#seconds.record(durationMs / 1_000)
  }

  /** All of it. */
  measure(): readonly Measurement[] {
    const counter = (
      name: string,
      help: string,
      value: number,
      labels?: Readonly<Record<string, string>>,
    ): Measurement => ({ name, help, kind: 'counter', value, labels })
    return [
      ...[...this.#refused].map(([reason, value]) =>
        counter('live_connections_refused_total', 'Upgrades to a WebSocket that were refused', value, { reason }),
      ),
      ...[...this.#closed].map(([reason, value]) =>
        counter('live_connections_closed_total', 'WebSockets that ended, by why', value, { reason }),
      ),
      ...[...this.#requests].map(([key, value]) => {
        const [method = '', status_code = ''] = key.split(' ')
        return counter('live_requests_total', 'Requests over WebSockets', value, { method, status_code })
      }),
      {
        name: 'live_request_duration_seconds',
        help: 'Time that requests over WebSockets took',
        kind: 'histogram',
        value: this.#seconds.snapshot(),
      },
      counter('live_wire_bytes_total', 'Bytes of messages that were sent, as compressed', this.#wireBytes),
      counter('live_mistakes_total', 'Messages of clients that were wrong', this.#mistakes),
    ]
  }
}

function add(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}
