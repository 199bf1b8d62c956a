/** How much is done. */
export interface ProveSettings {
  /** Users over HTTP, each with a connection and a session. */
  readonly users: number
  /** WebSockets, spread over the boards. */
  readonly sockets: number
  readonly boards: number
  /** At the beginning, in all boards together. */
  readonly tasks: number
  /** Requests per second over HTTP. */
  readonly ratePerSecond: number
  /** Requests per second over WebSockets. */
  readonly messagesPerSecond: number
  /** Seconds of each run. */
  readonly seconds: number
  /** Seconds for which PostgreSQL, and Redis, are away. */
  readonly awaySeconds: number
  /** Times the rate that is too much. */
  readonly overload: number
  /** Rubbish per second. */
  readonly rubbishPerSecond: number
  /** Milliseconds from when a request was due, after which nobody waits for it any more. */
  readonly timeoutMs: number
  /** Milliseconds that the load itself may be late, at its 99th percentile. */
  readonly maxLagMs: number
  /** How often a run is begun again whose load was later. */
  readonly tries: number
  /** Turns of each server in the comparison with and without packages. */
  readonly turns: number
  /** Milliseconds of each turn. */
  readonly turnMs: number
  /** Requests per second in a turn. */
  readonly turnRate: number
  /** Whether the numbers mean something. */
  readonly isQuick: boolean
}

/** What results are made with. */
export const WHOLE: ProveSettings = {
  users: 1_000,
  sockets: 500,
  boards: 50,
  tasks: 10_000,
  ratePerSecond: 1_000,
  messagesPerSecond: 50,
  seconds: 40,
  awaySeconds: 10,
  overload: 3,
  rubbishPerSecond: 100,
  timeoutMs: 10_000,
  maxLagMs: 20,
  tries: 2,
  turns: 6,
  turnMs: 2_000,
  turnRate: 500,
  isQuick: false,
}

/** Shows that everything runs, and no more. */
export const QUICK: ProveSettings = {
  ...WHOLE,
  users: 20,
  sockets: 10,
  boards: 5,
  tasks: 100,
  ratePerSecond: 60,
  messagesPerSecond: 10,
  seconds: 5,
  awaySeconds: 1,
  rubbishPerSecond: 20,
  maxLagMs: 1_000,
  turns: 1,
  turnMs: 500,
  turnRate: 60,
  isQuick: true,
}
