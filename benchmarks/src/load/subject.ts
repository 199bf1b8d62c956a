import type { Server } from 'node:http'
import type { FigureGroup } from '../figures/group.ts'
import type { Group, Subject } from '../group.ts'
import type { Arrivals } from './schedule.ts'

/** A server that is measured under load, in a process of its own. */
export interface LoadSubject extends Subject {
  /** Makes the server. The harness lets it listen. */
  create(): Promise<Served>
  /**
   * How much {@link Served.work} grows with each request: shows that what is measured is really done.
   *
   * @defaultValue `0`
   */
  readonly workPerRequest?: number | undefined
}

/** A server that is ready to listen. */
export interface Served {
  /** The server. */
  readonly server: Server
  /** Counts what it did beside answering, such as calls of hooks. */
  work?(): number | Promise<number>
}

/** Servers that answer the same. */
export interface LoadGroup extends Group<LoadSubject> {
  /** What is sent to each of them. */
  readonly load: Load
}

/** What is sent, and how. */
export interface Load {
  /** Requests per second, on average. */
  readonly ratePerSecond: number
  /** How they arrive. */
  readonly arrivals: Arrivals
  /** Connections that are kept alive. */
  readonly connections: number
  /** Path of the request, a `GET`. */
  readonly path: string
  /** What must come back. */
  readonly expected: { readonly status: number; readonly body: string }
  /** Milliseconds after which a request counts as late. */
  readonly timeoutMs: number
}

/** Servers under load. */
export interface LoadBench {
  /** Tells benches apart. */
  readonly kind: 'load'
  /** Heading on the page. */
  readonly title: string
  /** What it compares. */
  readonly groups: readonly LoadGroup[]
  /** What it counts. */
  readonly figures?: readonly FigureGroup[] | undefined
}
