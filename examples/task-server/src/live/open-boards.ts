import type { SharedRedis } from '../cache/redis.ts'
import type { Database } from '../database/database.ts'
import type { Environment } from '../environment.ts'
import { createBoardFeeds, type LiveBoards } from './board-feeds.ts'
import { createBoardHistory } from './board-history.ts'
import { type Hints, NO_HINTS } from './hints.ts'

/**
 * Opens the feeds of the boards that a database has.
 *
 * @param environment Where the database is.
 * @param database The same, open.
 * @param shared What instances share besides: a Redis, if there is one, where the database is known by an id.
 */
export async function openBoards(
  environment: Environment,
  database: Database,
  shared: { readonly redis: SharedRedis | undefined; readonly databaseId: string },
): Promise<LiveBoards> {
  return createBoardFeeds(createBoardHistory(database), { hints: await openHints(environment, shared) })
}

/** Only what is used is loaded. */
async function openHints(
  { databaseUrl }: Environment,
  { redis, databaseId }: { readonly redis: SharedRedis | undefined; readonly databaseId: string },
): Promise<Hints> {
  // The embedded database is nobody else's.
  if (databaseUrl === undefined) return NO_HINTS
  if (redis !== undefined) return (await import('./redis-hints.ts')).createRedisHints(redis, databaseId)
  return (await import('./postgres-hints.ts')).createPostgresHints(databaseUrl)
}
