import type { Observable } from '@breakwater/core'
import type { FastifyBaseLogger } from 'fastify'
import { toReason } from '../start-error.ts'
import type { LiveEvent } from './events.ts'

/**
 * Logs what happens to the feeds of boards.
 *
 * @param boards The feeds.
 * @param log Where to. Of what Redis or PostgreSQL say only the text: their errors may hold a password.
 */
export function logLive(boards: Observable<LiveEvent>, log: Pick<FastifyBaseLogger, 'info' | 'warn' | 'error'>): void {
  boards.subscribe((event) => {
    switch (event.type) {
      case 'hints:failed':
        return log.warn(`Changes by other instances are seen up to half a second late: ${toReason(event.error)}`)
      case 'hints:recovered':
        return log.info('Changes by other instances are seen at once again')
      case 'follower:failed':
        return log.error(
          { err: event.error },
          `Whoever followed board "${event.board}" failed, and is told nothing more`,
        )
    }
  })
}
