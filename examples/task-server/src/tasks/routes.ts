import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { fromIfMatch, toETag } from '../http/etag.ts'
import { InvalidRequestError } from '../http/validation.ts'
import { fromCursor, toCursor } from './cursor.ts'
import { ListQuery, NewTask, Task, TaskChanges, TaskPage, TaskParams } from './schema.ts'
import type { TaskStore } from './store.ts'

const DEFAULT_LIMIT = 20

/**
 * Creates the routes of the tasks, to be registered under a prefix.
 *
 * @param store The tasks.
 */
export function taskRoutes(store: TaskStore): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.addContentTypeParser(
      'application/merge-patch+json',
      { parseAs: 'string' },
      app.getDefaultJsonParser('error', 'error'),
    )

    app.post(
      '',
      { schema: { body: NewTask, response: { 201: Task } }, preValidation: trimTitle },
      async ({ body }, reply) => {
        const task = await store.create(body)
        return reply
          .code(201)
          .headers({ location: `${app.prefix}/${task.id}`, etag: toETag(task.version) })
          .send(task)
      },
    )

    app.get('', { schema: { querystring: ListQuery, response: { 200: TaskPage } } }, async ({ query }) => {
      const { items, hasMore } = await store.list(Number(query.limit ?? DEFAULT_LIMIT), positionOf(query.cursor))
      const last = items.at(-1)
      return { items: [...items], nextCursor: hasMore && last !== undefined ? toCursor(last.id) : null }
    })

    app.get('/:id', { schema: { params: TaskParams, response: { 200: Task } } }, async ({ params }, reply) => {
      const task = await store.get(params.id)
      return reply.header('etag', toETag(task.version)).send(task)
    })

    app.patch(
      '/:id',
      { schema: { params: TaskParams, body: TaskChanges, response: { 200: Task } }, preValidation: trimTitle },
      async ({ params, body, headers }, reply) => {
        const task = await store.update(params.id, body, fromIfMatch(headers['if-match']))
        return reply.header('etag', toETag(task.version)).send(task)
      },
    )

    app.delete(
      '/:id',
      { schema: { params: TaskParams, response: { 204: Type.Null() } } },
      async ({ params, headers }, reply) => {
        await store.delete(params.id, fromIfMatch(headers['if-match']))
        return reply.code(204).send(null)
      },
    )
  }
}

/** Before its length is checked. */
async function trimTitle({ body }: { body: unknown }): Promise<void> {
  const task = body as { title?: unknown } | null | undefined
  if (typeof task?.title === 'string') task.title = task.title.trim()
}

function positionOf(cursor: string | undefined): string | undefined {
  if (cursor === undefined) return undefined
  const id = fromCursor(cursor)
  if (id === undefined)
    throw new InvalidRequestError([{ parameter: 'cursor', detail: 'must be a nextCursor of before' }])
  return id
}
