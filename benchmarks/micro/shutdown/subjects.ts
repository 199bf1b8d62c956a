import { join } from 'node:path'
import { BARE } from '@breakwater/testing/shutdown'
import { createShutdownSubject, type ShutdownSubject } from '../../src/shutdown/subject.ts'

/** The name of ours. */
export const OURS = '@breakwater/shutdown'

/** Ours, which lingers for as long as it does by default. */
export const ours: ShutdownSubject = createShutdownSubject({ name: OURS, script: scriptOf('ours'), lingerMs: 500 })

/** Node alone, and every peer as its README recommends. */
export const peers: readonly ShutdownSubject[] = [
  BARE,
  'close-with-grace',
  'http-graceful-shutdown',
  'http-terminator',
  'lightship',
  'stoppable',
  'terminus',
].map((name) => createShutdownSubject({ name, script: scriptOf(name), lingerMs: 0 }))

function scriptOf(name: string): string {
  return join(import.meta.dirname, 'subjects', `${name}.ts`)
}
