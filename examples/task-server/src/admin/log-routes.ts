import { createLogReader, type LogReader } from '@breakwater/logger/reader'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply } from 'fastify'
import Type from 'typebox'
import { InvalidRequestError } from '../http/validation.ts'
import { LogTooSlowError, NoLogFileError } from './errors.ts'
import { giveUpAfter, isTooLate } from './give-up.ts'
import { MAX_EXPORT_BYTES, toExport } from './log-export.ts'
import { LOG_FILTERS, LogFilters, parameterOf, pointerOf, toLogQuery } from './log-query.ts'
import { toEvents } from './log-tail.ts'
import { createPlaces } from './places.ts'
import { toTotals } from './totals.ts'

/** With what is around it, an answer comes within five seconds. */
const READ_LIMIT_MS = 4_500
const EXPORT_LIMIT_MS = 120_000
const TAIL_LIMIT_MS = 3_600_000

const DEFAULT_LIMIT = 100
const LAST_HOUR_MS = 3_600_000

const SearchParams = Type.Object(
  {
    ...LOG_FILTERS,
    limit: Type.Optional(Type.String({ pattern: '^([1-9]\\d{0,2}|1000)$', expected: 'an integer from 1 to 1000' })),
    order: Type.Optional(Type.Enum(['newest', 'oldest'])),
    cursor: Type.Optional(Type.String({ minLength: 1, maxLength: 2_048 })),
  },
  { additionalProperties: false },
)
const AnalyticsParams = Type.Object(
  {
    ...LOG_FILTERS,
    by: Type.Optional(Type.String({ pattern: '^[\\w.@-]{1,100}$', expected: 'the name of a field' })),
    everyMs: Type.Optional(Type.String({ pattern: '^[1-9]\\d{3,8}$', expected: 'an integer from 1000 to 999999999' })),
  },
  { additionalProperties: false },
)
const ExportBody = Type.Object(
  { ...LOG_FILTERS, maxBytes: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_EXPORT_BYTES })) },
  { additionalProperties: false },
)

/** Options of {@link logRoutes}. */
export interface LogRouteOptions {
  /** Where it is. Without one there is nothing to read. */
  readonly path: string | undefined
  /** Whether this process was told to stop: who follows the log is sent away then. */
  readonly isStopping: () => boolean
}

/**
 * Creates the routes that read the log of this process. Lines come out as they were written: what was secret was not.
 *
 * @param options Where it is.
 */
export function logRoutes({ path, isStopping }: LogRouteOptions): FastifyPluginAsyncTypebox {
  // Each reads files from one end to the other.
  const reads = createPlaces('searches', 4)
  const exports = createPlaces('exports', 2)
  const tails = createPlaces('tails', 5)
  const reader = path === undefined ? undefined : createLogReader({ path })

  function find(): LogReader {
    if (reader === undefined) throw new NoLogFileError()
    return reader
  }

  async function read<result>(
    reply: FastifyReply,
    run: (reader: LogReader, signal: AbortSignal) => Promise<result>,
  ): Promise<result> {
    const found = find()
    const leave = reads.take()
    const signal = giveUpAfter(reply, READ_LIMIT_MS)
    try {
      return await run(found, signal)
    } catch (error) {
      throw isTooLate(signal) ? new LogTooSlowError() : error
    } finally {
      leave()
    }
  }

  return async (app) => {
    app.get('/search', { schema: { querystring: SearchParams } }, async ({ query }, reply) => {
      const { limit, order = 'newest', cursor, ...filters } = query
      const wanted = toLogQuery(filters, parameterOf)
      return read(reply, async (log, signal) => {
        const options = { limit: Number(limit ?? DEFAULT_LIMIT), order, cursor, signal }
        const page = await log.search(wanted, options).catch(asWrongCursor)
        const { scanned, skipped, notes } = page
        return {
          lines: page.lines.map(({ fields }) => fields),
          nextCursor: page.cursor ?? null,
          scanned,
          skipped,
          notes,
        }
      })
    })

    app.get('/analytics', { schema: { querystring: AnalyticsParams } }, async ({ query }, reply) => {
      const { by = 'level', everyMs = '60000', ...filters } = query
      const wanted = toLogQuery(filters, parameterOf)
      const from = wanted.from ?? Number(wanted.to ?? Date.now()) - LAST_HOUR_MS
      return read(reply, async (log, signal) => {
        const counts = await log.count({ ...wanted, from }, { everyMs: Number(everyMs), by, signal })
        return { from, by, ...toTotals(counts), ...counts }
      })
    })

    app.post('/export', { schema: { body: ExportBody } }, async ({ body }, reply) => {
      const { maxBytes = MAX_EXPORT_BYTES, ...filters } = body
      const wanted = toLogQuery(filters, pointerOf)
      const found = find()
      reply.raw.once('close', exports.take())
      const lines = found.export(wanted, { signal: giveUpAfter(reply, EXPORT_LIMIT_MS) })
      return reply
        .type('application/x-ndjson')
        .header('content-disposition', 'attachment; filename="task-server.ndjson"')
        .send(toExport(lines, maxBytes))
    })

    app.get(
      '/tail',
      // What never ends has no head alone.
      { schema: { querystring: LogFilters }, exposeHeadRoute: false },
      async ({ query, log, ip }, reply) => {
        const wanted = toLogQuery(query, parameterOf)
        const found = find()
        reply.raw.once('close', tails.take())
        log.info({ event: 'tail:opened', client: ip }, 'an administrator follows the log')
        const signal = giveUpAfter(reply, TAIL_LIMIT_MS)
        const events = toEvents((stop) => found.tail(wanted, { signal: stop }), { signal, isStopping })
        return reply.type('text/event-stream; charset=utf-8').header('x-accel-buffering', 'no').send(events)
      },
    )
  }
}

/** All else was checked before. */
function asWrongCursor(error: unknown): never {
  if (error instanceof TypeError && error.message.includes('`cursor`'))
    throw new InvalidRequestError([{ parameter: 'cursor', detail: 'must be the nextCursor of the same search' }])
  throw error
}
