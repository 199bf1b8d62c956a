import { toPlugin } from '@breakwater/fastify'
import { createLogger } from '@breakwater/logger'
import { type FastifyInstance, type FastifyServerOptions, fastify, LogController } from 'fastify'
import { addsLess, costsAtMost } from '../../src/claims.ts'
import type { LoadGroup, LoadSubject, Served } from '../../src/load/subject.ts'
import { answer, load } from '../hooks/task.ts'
import { type CountedStream, toOurStream, toPinoStream } from './streams.ts'

async function serve(
  options: FastifyServerOptions,
  mount: (app: FastifyInstance) => unknown = () => {},
  stream?: CountedStream,
): Promise<Served> {
  const app = fastify(options)
  await mount(app)
  app.get('/tasks/:id', () => answer)
  await app.ready()
  stream?.closeWith(app.server)
  return { server: app.server, ...(stream && { work: stream.lines }) }
}

const FLOOR = 'Fastify'
const bare: LoadSubject = { name: FLOOR, create: () => serve({}) }

function ours(name: string, isBuffered: boolean): LoadSubject {
  return {
    name,
    workPerRequest: 1,
    create() {
      const stream = toOurStream(isBuffered)
      const logger = createLogger({ destination: stream, hear: false, crashes: false })
      return serve({}, (app) => app.register(toPlugin({ hooks: [logger.hook] })), stream)
    },
  }
}

/** A line when a request comes in, and one when it is answered. */
function own(name: string, isBuffered: boolean): LoadSubject {
  return {
    name,
    workPerRequest: 2,
    create() {
      const stream = toPinoStream(isBuffered)
      return serve({ logger: { stream } }, undefined, stream)
    },
  }
}

/** The same with one line, as many write it who find two too many. */
function ownHook(name: string, isBuffered: boolean): LoadSubject {
  return {
    name,
    workPerRequest: 1,
    create() {
      const stream = toPinoStream(isBuffered)
      const mount = (app: FastifyInstance): unknown =>
        app.addHook('onResponse', (request, reply, next) => {
          const { method, url, routeOptions } = request
          request.log.info(
            { method, url, route: routeOptions.url, status: reply.statusCode, durationMs: reply.elapsedTime },
            'request finished',
          )
          next()
        })
      const logController = new LogController({ disableRequestLogging: true })
      return serve({ logger: { stream }, logController }, mount, stream)
    },
  }
}

const OURS = 'createLogger'
const OURS_BUFFERED = 'createLogger, buffered'
const THEIRS = "Fastify's own logger"
const THEIRS_BUFFERED = "Fastify's own logger, buffered"

/** What access lines add to Fastify. */
export const onFastify: LoadGroup = {
  id: 'fastify',
  title: 'Access lines on Fastify',
  about:
    'The same on Fastify 5, behind `toPlugin` of `@breakwater/fastify`. Its own logger writes two lines for each request; with one, its lines are switched off, and a hook of its own writes one with what ours has, the trace left out.',
  floor: bare,
  ours: [ours(OURS, false), ours(OURS_BUFFERED, true)],
  peers: [own(THEIRS, false), own(THEIRS_BUFFERED, true), ownHook("Fastify's own logger, one line", false)],
  load,
  toleranceRatio: 0.05,
  claims: [
    costsAtMost(
      OURS,
      1.2,
      FLOOR,
      'One line for each request should be no question of money, metrics beside it included.',
    ),
    addsLess(OURS, 2, THEIRS, FLOOR, 'Half of what people pay now, or why change.'),
    addsLess(OURS_BUFFERED, 2, THEIRS_BUFFERED, FLOOR, 'The same where the operating system is seldom called.'),
  ],
}
