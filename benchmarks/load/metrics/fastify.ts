import { toPlugin } from '@breakwater/fastify'
import { type FastifyInstance, fastify } from 'fastify'
import fastifyMetrics from 'fastify-metrics'
import { addsLess, costsAtMost } from '../../src/claims.ts'
import type { LoadGroup, LoadSubject, Served } from '../../src/load/subject.ts'
import { answer, load } from '../hooks/task.ts'
import { countIn, createCounted } from './counted.ts'

async function serve(mount: (app: FastifyInstance) => unknown = () => {}): Promise<Served & { app: FastifyInstance }> {
  const app = fastify()
  await mount(app)
  app.get('/tasks/:id', () => answer)
  await app.ready()
  return { server: app.server, app }
}

const FLOOR = 'Fastify'
const bare: LoadSubject = { name: FLOOR, create: () => serve() }

function ours(name: string, isWhole: boolean): LoadSubject {
  return {
    name,
    workPerRequest: 1,
    async create() {
      const { metrics, serverHooks, work } = createCounted(isWhole)
      const { server } = await serve((app) => app.register(toPlugin({ hooks: [metrics.hook], serverHooks })))
      server.once('close', () => void metrics.close())
      return { server, work }
    },
  }
}

function theirs(name: string, hasSummary: boolean): LoadSubject {
  return {
    name,
    workPerRequest: 1,
    async create() {
      const { server, app } = await serve((app) =>
        app.register(fastifyMetrics.default, {
          defaultMetrics: { enabled: false },
          clearRegisterOnInit: true,
          routeMetrics: { enabled: { histogram: true, summary: hasSummary } },
        }),
      )
      return { server, work: async () => countIn(await app.metrics.client.register.metrics()) }
    },
  }
}

const OURS = 'createMetrics'
const WHOLE = 'createMetrics, server hook as well'
const THEIRS = 'fastify-metrics'

/** What metrics add to Fastify. */
export const onFastify: LoadGroup = {
  id: 'fastify',
  title: 'Metrics on Fastify',
  about:
    'The same on Fastify 5, behind `toPlugin` of `@breakwater/fastify`. By default fastify-metrics keeps a summary beside the histogram; without it, it keeps as much as ours.',
  floor: bare,
  ours: [ours(OURS, false), ours(WHOLE, true)],
  peers: [theirs(THEIRS, true), theirs('fastify-metrics, histogram only', false)],
  load,
  toleranceRatio: 0.05,
  claims: [
    costsAtMost(OURS, 1.05, FLOOR, 'Nobody should have to think about whether to measure.'),
    costsAtMost(WHOLE, 1.05, FLOOR, 'The same for all of it.'),
    addsLess(WHOLE, 8, THEIRS, FLOOR, 'An eighth of what people pay now, or why change.'),
  ],
}
