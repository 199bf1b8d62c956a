/** What a server runs out of first. */
export type KindName = 'cpu' | 'pool' | 'mixed'

/** What each request does. */
export interface Kind {
  /** Name on the command line. */
  readonly name: KindName
  /** Milliseconds of computing, half of it before the query if there is one. */
  readonly cpuMs: number
  /** Milliseconds for which a query holds a connection of the pool; 0 is no query. */
  readonly queryMs: number
  /** Connections of a closed loop that keep the server just busy: what it answers then is its capacity. */
  readonly closedLoop: number
}

/** Connections that a server keeps to its database. */
export const POOL_SIZE = 10

/** All kinds of load. */
export const KINDS: Readonly<Record<KindName, Kind>> = {
  cpu: { name: 'cpu', cpuMs: 2, queryMs: 0, closedLoop: 2 },
  pool: { name: 'pool', cpuMs: 0, queryMs: 20, closedLoop: 12 },
  mixed: { name: 'mixed', cpuMs: 1.8, queryMs: 20, closedLoop: 16 },
}

/**
 * Finds a kind.
 *
 * @param name Its name.
 * @throws {RangeError} If there is none of this name.
 */
export function toKind(name: string): Kind {
  if (name in KINDS) return KINDS[name as KindName]
  throw new RangeError(`Cannot find a load "${name}": there are ${Object.keys(KINDS).join(', ')}`)
}
