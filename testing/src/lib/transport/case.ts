import type { RouteCall, TransportRoute } from './transport.ts'
import type { Trial } from './trial.ts'

/** A case, before it is given a transport. */
export interface Case {
  /** Group and what must hold. */
  readonly name: string
  /** The one version of HTTP it applies to, if not both. */
  readonly only?: 'http1' | 'http2' | undefined
  /**
   * Runs it. Connections and the server are ended by who runs it.
   *
   * @param trial What it works with.
   */
  run(trial: Trial): Promise<void>
}

/**
 * Creates a route for GET that is under no prefix.
 *
 * @param path Its pattern.
 * @param answer Answers.
 */
export function get(path: string, answer: TransportRoute['answer']): TransportRoute {
  return { method: 'GET', prefixes: [], path, answer }
}

/**
 * Creates a route for POST that is under no prefix.
 *
 * @param path Its pattern.
 * @param answer Answers.
 */
export function post(path: string, answer: TransportRoute['answer']): TransportRoute {
  return { method: 'POST', prefixes: [], path, answer }
}

/** Answers `plain`. */
export const PLAIN: TransportRoute = get('/plain', () => ({ body: 'plain' }))

/** Answers the text it was sent. */
export const ECHO: TransportRoute = post('/echo', ({ text }: RouteCall) => ({ body: text }))

/** Headers of a body that the framework reads. */
export const TEXT: Readonly<Record<string, string>> = { 'content-type': 'text/plain' }

/** Headers of a body that is left to the route. */
export const BYTES: Readonly<Record<string, string>> = { 'content-type': 'application/octet-stream' }
