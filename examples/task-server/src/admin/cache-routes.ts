import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { sharedStateOf } from '../cache/shared-state.ts'
import type { TaskCache } from '../cache/task-cache.ts'
import { Board, TaskParams } from '../tasks/schema.ts'
import type { TaskStore } from '../tasks/store.ts'
import { giveUpAfter } from './give-up.ts'
import { toNumbers } from './numbers.ts'
import { createPlaces } from './places.ts'
import { warmUp } from './warm-up.ts'

/** Over all of these the hit ratio is told. */
const WINDOWS: Readonly<Record<string, number>> = { '1m': 60_000, '5m': 300_000, '15m': 900_000 }
const MAX_AT_ONCE = 100
/** As of a list of which nothing else is said. */
const DEFAULT_LIMIT = 20
const WARM_UP_LIMIT_MS = 10_000

const Word = Type.String({
  minLength: 1,
  maxLength: 256,
  pattern: '^[^\\p{Cc}\\p{Cs}]*$',
  expected: 'one line of well-formed text',
})
const Words = Type.Array(Word, { minItems: 1, maxItems: MAX_AT_ONCE })

const Invalidation = Type.Object(
  { keys: Type.Optional(Words), tags: Type.Optional(Words), all: Type.Optional(Type.Literal(true)) },
  { additionalProperties: false, minProperties: 1 },
)

const WarmUp = Type.Object(
  {
    limits: Type.Optional(Type.Array(Type.Integer({ minimum: 1, maximum: 100 }), { maxItems: 10 })),
    boards: Type.Optional(Type.Array(Board, { maxItems: MAX_AT_ONCE })),
    tasks: Type.Optional(Type.Array(TaskParams.properties.id, { maxItems: 1_000 })),
  },
  { additionalProperties: false },
)

/**
 * Creates the routes about the cache.
 *
 * @param cache The cache.
 * @param tasks The tasks, as they are read through it.
 */
export function cacheRoutes(cache: TaskCache, tasks: TaskStore): FastifyPluginAsyncTypebox {
  const warmUps = createPlaces('warm-ups', 1)
  return async (app) => {
    app.get('/stats', async () => ({
      name: cache.name,
      shared: sharedStateOf(cache),
      windows: Object.fromEntries(Object.entries(WINDOWS).map(([name, ms]) => [name, cache.hitWindow(ms)])),
      numbers: toNumbers(cache.measure()),
    }))

    app.post('/invalidate', { schema: { body: Invalidation } }, async ({ body: { keys = [], tags = [], all } }) => {
      const applied = await Promise.all([cache.invalidate({ keys: keys.map(toKey), tags }), all && cache.clear()])
      return {
        keys: keys.length,
        tags: tags.length,
        all: all ?? false,
        // Other instances hear of it once Redis is back.
        state: applied.includes('queued') ? 'queued' : 'applied',
      }
    })

    app.post('/warmup', { schema: { body: WarmUp } }, async ({ body }, reply) => {
      const { limits = [DEFAULT_LIMIT], boards = [], tasks: ids = [] } = body
      const leave = warmUps.take()
      try {
        return await warmUp(tasks, { limits, boards, ids }, giveUpAfter(reply, WARM_UP_LIMIT_MS))
      } finally {
        leave()
      }
    })
  }
}

/** Ids of tasks are in lower case there. */
function toKey(key: string): `task:${string}` | `list:${string}` {
  return (key.startsWith('task:') ? key.toLowerCase() : key) as `task:${string}` | `list:${string}`
}
