import { toPlugin } from '@breakwater/fastify'
import { type FastifyInstance, fastify } from 'fastify'
import { costsAtMost } from '../../src/claims.ts'
import type { LoadGroup, LoadSubject, Served } from '../../src/load/subject.ts'
import { createCountingHooks, PHASES } from './counting-hook.ts'
import { answer, load } from './task.ts'

async function serve(mount: (app: FastifyInstance) => unknown, work?: () => number): Promise<Served> {
  const app = fastify()
  await mount(app)
  app.get('/tasks/:id', () => answer)
  await app.ready()
  return { server: app.server, ...(work && { work }) }
}

const bare: LoadSubject = { name: 'Fastify', create: () => serve(() => {}) }

function withHooks(name: string, count: number): LoadSubject {
  return {
    name,
    workPerRequest: count * PHASES,
    create() {
      const { hooks, calls } = createCountingHooks(count)
      return serve((app) => app.register(toPlugin({ hooks })), calls)
    },
  }
}

/** Fastify's own hooks, of the same three phases. */
const own: LoadSubject = {
  name: "1 of Fastify's own",
  workPerRequest: PHASES,
  create() {
    let calls = 0
    return serve(
      (app) => {
        app.addHook('onRequest', (_request, _reply, next) => {
          calls++
          next()
        })
        app.addHook('onSend', (_request, _reply, payload, next) => {
          calls++
          next(null, payload)
        })
        app.addHook('onResponse', (_request, _reply, next) => {
          calls++
          next()
        })
      },
      () => calls,
    )
  },
}

/** What hooks add to Fastify. */
export const onFastify: LoadGroup = {
  id: 'fastify',
  title: 'Hooks on Fastify',
  about:
    "The same on Fastify 5, behind `toPlugin` of `@breakwater/fastify`. The peer is one feature written with Fastify's own hooks, which do not hear of aborted requests.",
  floor: bare,
  ours: [withHooks('1 hook', 1), withHooks('5 hooks', 5)],
  peers: [own],
  load,
  toleranceRatio: 0.025,
  claims: [
    costsAtMost(
      '1 hook',
      1.03,
      'Fastify',
      'Features promise 5 % together with the port, which should leave them most.',
    ),
    costsAtMost('5 hooks', 1.05, 'Fastify', 'As many as a whole service has, before they do anything.'),
  ],
}
