import { type HttpEndpoint, systemClock } from '@breakwater/core'
import { VERSION } from './about.ts'
import { sharedStateOf } from './cache/shared-state.ts'
import type { TaskCache } from './cache/task-cache.ts'
import type { Statement } from './database/database.ts'
import type { GuardedDatabase } from './database/guarded.ts'
import type { Stop } from './stop.ts'

/** Whoever asks waits no longer than 500 ms for the whole answer. */
const PING_MS = 400
const HIT_WINDOW_MS = 60_000
const PING: Statement = { name: 'ping', text: 'select 1', isRepeatable: true }

/**
 * Creates the endpoint that says whether this server can serve: 200 if so, 503 if not. Without Redis it can, as its cache does:
 * it is `degraded` then.
 *
 * It asks like everybody else. So it does not ask a database that is known to be away, and where nobody else asks, it is the
 * one that finds out when it is back.
 *
 * @param database What it cannot serve without.
 * @param cache What it serves from.
 * @param stop Who is stopping wants no new work, though it still does what it is given.
 */
export function createHealth(
  database: GuardedDatabase,
  cache: TaskCache,
  stop: Pick<Stop, 'isStopping'>,
): HttpEndpoint {
  const startedAtMs = systemClock.now()
  // One at a time, however many ask: while the database hangs, they would take every connection.
  let asking: Promise<boolean> | undefined

  function ask(): Promise<boolean> {
    asking ??= database
      .query(PING)
      .then(
        () => true,
        () => false,
      )
      .finally(() => {
        asking = undefined
      })
    return asking
  }

  return async () => {
    const isUp = await withLimit(ask())
    const redis = sharedStateOf(cache)
    const health = {
      status: stop.isStopping ? 'stopping' : !isUp ? 'unhealthy' : redis === 'down' ? 'degraded' : 'healthy',
      timestamp: new Date(systemClock.epoch()).toISOString(),
      uptimeMs: Math.round(systemClock.now() - startedAtMs),
      version: VERSION,
      database: isUp ? 'up' : 'down',
      databaseCircuit: database.circuit.state,
      redis,
      cacheHitRatio: cache.hitWindow(HIT_WINDOW_MS).hitRatio ?? null,
    }
    return {
      status: isUp && !stop.isStopping ? 200 : 503,
      headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
      body: JSON.stringify(health),
    }
  }
}

async function withLimit(answer: Promise<boolean>): Promise<boolean> {
  const done = new AbortController()
  try {
    return await Promise.race([
      answer,
      systemClock.sleep(PING_MS, { signal: done.signal }).then(
        () => false,
        () => false,
      ),
    ])
  } finally {
    done.abort()
  }
}
