import { toPlugin } from '@breakwater/fastify'
import { createTracing } from '@breakwater/tracing'
import { type FastifyInstance, fastify } from 'fastify'
import { costsAtMost } from '../../src/claims.ts'
import type { LoadGroup, LoadSubject, Served } from '../../src/load/subject.ts'
import { answer, load } from '../hooks/task.ts'
import { registerSdk } from './sdk.ts'

async function serve(mount: (app: FastifyInstance) => unknown = () => {}): Promise<Served> {
  const app = fastify()
  await mount(app)
  app.get('/tasks/:id', () => answer)
  await app.ready()
  return { server: app.server }
}

const FLOOR = 'Fastify'
const bare: LoadSubject = { name: FLOOR, create: () => serve() }

function ours(name: string, sampledRatio?: number): LoadSubject {
  return {
    name,
    workPerRequest: sampledRatio ?? 0,
    async create() {
      const sdk = sampledRatio === undefined ? undefined : registerSdk(sampledRatio)
      const tracing = createTracing()
      const { server } = await serve((app) => app.register(toPlugin({ hooks: [tracing.hook] })))
      sdk?.closeWith(server)
      server.once('close', () => void tracing.close())
      return { server, ...(sdk && { work: sdk.spans }) }
    },
  }
}

const OURS = 'createTracing, no SDK'

/** What spans add to Fastify. */
export const onFastify: LoadGroup = {
  id: 'fastify',
  title: 'Spans on Fastify',
  about: 'The same on Fastify 5, behind `toPlugin` of `@breakwater/fastify`.',
  floor: bare,
  ours: [ours(OURS), ours('createTracing, not sampled', 0), ours('createTracing, recorded', 1)],
  peers: [],
  load,
  toleranceRatio: 0.05,
  claims: [costsAtMost(OURS, 1.03, FLOOR, 'Who has no SDK should not notice that he could have one.')],
}
