/**
 * What a subject of the harness is: a script that makes the servers of `serveSubject()`, which are the same for all, and
 * stops them in its own way. It is told everything by environment variables, and tells what it does in lines of JSON.
 *
 * Routes, the same by HTTP/1.1 and HTTP/2: `/fast?id=`, `/work?ms=&id=` (answers later), `/download?ms=&bytes=` (in pieces
 * over that time; with 0 ms in one piece), `/upload` (answers how many bytes came), `/events` (server-sent events, until
 * the subject drains), `/block?ms=` (blocks the event loop), `/crash` (throws outside of any request), `/reject` (a
 * rejection that nobody handles); `/ws` is a WebSocket that echoes.
 */
export interface SubjectEnv {
  /** Which servers, with commas between. One port each. */
  readonly SUBJECT_PROTOCOLS?: string
  /** Milliseconds to go on serving as before after the signal, by the subject's own means. */
  readonly SUBJECT_DELAY_MS?: string
  /** What the only teardown hook does instead of ending at once: never end, throw, or block the event loop for ever. */
  readonly SUBJECT_HOOK?: 'hang' | 'throw' | 'block'
  /** `slow`: takes 500 ms between what is said by the stages `starting` and `ready`. */
  readonly SUBJECT_START?: 'slow'
  /** How many workers a cluster has. The process that gets the signal is then its primary, which serves nothing itself. */
  readonly SUBJECT_WORKERS?: string
  /** Private key, PEM. */
  readonly SUBJECT_KEY?: string
  /** Certificate, PEM. */
  readonly SUBJECT_CERT?: string
}

/**
 * How a server is spoken to. `http1`: plain. `https`: TLS, HTTP/1.1 only. `http2`: TLS, HTTP/1.1 as well. `h2c`: HTTP/2
 * in plain text, by prior knowledge.
 */
export type Protocol = 'http1' | 'https' | 'http2' | 'h2c'

/** Every protocol there is. */
export const PROTOCOLS: readonly Protocol[] = ['http1', 'https', 'http2', 'h2c']

/** A line that a subject writes to stdout. Whatever else it writes there is kept as text. */
export type SubjectLine =
  /** Its servers are made and its way of stopping is in place; then, with a slow start, that it waits before it listens. */
  | { readonly stage: 'loaded' | 'starting' }
  /** It listens, on these ports of 127.0.0.1, and runs on this Node. */
  | { readonly ready: Ports; readonly node: string }
  /** Its teardown hook was called, and then resolved. */
  | { readonly hook: 'began' | 'ended' }

/** The port of each protocol that is served. */
export type Ports = Readonly<Partial<Record<Protocol, number>>>

/** Milliseconds that a slow start takes. */
export const SLOW_START_MS = 500
