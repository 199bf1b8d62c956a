import { createServer } from 'node:http'
import { attach } from '@breakwater/core'
import { toHandler, toMiddleware } from '@breakwater/express'
import express from 'express'
import type { LoadGroup } from '../../src/load/subject.ts'
import { answer } from '../hooks/task.ts'
import { toGroup } from './group.ts'

/** What everything adds to Express. */
export const onExpress: LoadGroup = toGroup({
  id: 'express',
  title: 'Everything on Express',
  about:
    'Express 5 that answers with a small JSON text, and the same with health, metrics, logger, tracing without an SDK, monitor with shedding, and shutdown, mounted as `examples/express-quickstart` does. *No lines* writes nothing by itself; a line goes to the null device, each with a call of the operating system of its own.',
  floor: 'Express',
  async serve(everything) {
    const app = express()
    if (everything !== undefined) app.use(toMiddleware(everything.hooks))
    for (const [path, endpoint] of Object.entries(everything?.endpoints ?? {})) app.get(path, toHandler(endpoint))
    app.get('/tasks/:id', (_request, response) => void response.json(answer))
    const server = createServer(app)
    if (everything !== undefined) {
      attach(server, everything.serverHooks)
      everything.shutdown.serve(server)
    }
    return server
  },
})
