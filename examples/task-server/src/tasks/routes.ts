import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { SHARED } from '../http/caching.ts'
import { fromIfMatch, toETag } from '../http/etag.ts'
import { listTasks } from './list.ts'
import { ListQuery, NewTask, Task, TaskChanges, TaskPage, TaskParams } from './schema.ts'
import type { TaskStore } from './store.ts'

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

    app.get(
      '',
      { config: SHARED, schema: { querystring: ListQuery, response: { 200: TaskPage } } },
      async ({ query }) => {
        const { limit, cursor, board } = query
        return listTasks(store, { limit: limit === undefined ? undefined : Number(limit), cursor, board })
      },
    )

    app.get(
      '/:id',
      { config: SHARED, schema: { params: TaskParams, response: { 200: Task } } },
      async ({ params }, reply) => {
        const task = await store.get(params.id)
        return reply.header('etag', toETag(task.version)).send(task)
      },
    )

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
