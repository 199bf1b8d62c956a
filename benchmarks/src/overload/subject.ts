import type { FastifyInstance } from 'fastify'
import type { KindName } from './kinds.ts'

/** What sheds load, before the routes are there. Its script exports one as `mount`. */
export type Mount = (app: FastifyInstance, kind: KindName) => Mounted | Promise<Mounted>

/** What sheds load, once it is mounted. */
export interface Mounted {
  /** Its own numbers, for whoever tunes it; anything JSON can hold. */
  report?(): unknown
}

/** Something that is overloaded. */
export interface OverloadSubject {
  /** Its name in the tables. */
  readonly name: string
  /** Its script. */
  readonly script: string
}
