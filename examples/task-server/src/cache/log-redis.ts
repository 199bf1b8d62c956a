import type { FastifyBaseLogger } from 'fastify'
import { toReason } from '../start-error.ts'
import type { SharedRedis } from './redis.ts'

const MAX_REASONS = 10

/**
 * Logs why Redis cannot be reached: each reason once, until it could be. The cache tells when it goes on without, which is not
 * always for the reason that lasts.
 *
 * @param redis Where it is.
 * @param log Where to. Of errors only the text: they may hold a command, and with it the password.
 */
export function logRedis({ client }: SharedRedis, log: Pick<FastifyBaseLogger, 'warn'>): void {
  const told = new Set<string>()
  client.on('error', (error: unknown) => {
    const reason = toReason(error)
    if (told.has(reason) || told.size >= MAX_REASONS) return
    told.add(reason)
    log.warn(`Redis cannot be reached: ${reason}`)
  })
  client.on('ready', () => told.clear())
}
