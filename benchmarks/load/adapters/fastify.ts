import { toPlugin } from '@breakwater/fastify'
import { fastify } from 'fastify'
import type { LoadGroup } from '../../src/load/subject.ts'
import { answer } from '../hooks/task.ts'
import { toGroup } from './group.ts'

/** What everything adds to Fastify. */
export const onFastify: LoadGroup = toGroup({
  id: 'fastify',
  title: 'Everything on Fastify',
  about: 'The same on Fastify 5, mounted as `examples/fastify-quickstart` does.',
  floor: 'Fastify',
  async serve(everything) {
    const app = fastify()
    if (everything !== undefined) await app.register(toPlugin(everything))
    app.get('/tasks/:id', () => answer)
    everything?.shutdown.serve(app.server)
    await app.ready()
    return app.server
  },
})
