import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { attach } from '@breakwater/core'
import { toMiddleware } from '@breakwater/express'
import promBundle from 'express-prom-bundle'
import { Registry } from 'prom-client'
import { addsLess, costsAtMost } from '../../src/claims.ts'
import type { LoadGroup, LoadSubject } from '../../src/load/subject.ts'
import { answer, load } from '../hooks/task.ts'
import { countIn, createCounted } from './counted.ts'
import { watchWithOtel } from './otel.ts'

function handle(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(JSON.stringify(answer))
}

const FLOOR = 'node:http'
const bare: LoadSubject = { name: FLOOR, create: async () => ({ server: createServer(handle) }) }

function ours(name: string, isWhole: boolean): LoadSubject {
  return {
    name,
    workPerRequest: 1,
    async create() {
      const { metrics, serverHooks, work } = createCounted(isWhole)
      const middleware = toMiddleware([metrics.hook])
      const server = createServer((request, response) => middleware(request, response, () => handle(request, response)))
      if (serverHooks.length > 0) attach(server, serverHooks)
      server.once('close', () => void metrics.close())
      return { server, work }
    },
  }
}

/** As its README has it, with a label more each. */
const bundle: LoadSubject = {
  name: 'express-prom-bundle',
  workPerRequest: 1,
  async create() {
    const promRegistry = new Registry()
    const middleware = promBundle({ includeMethod: true, includePath: true, promRegistry })
    const server = createServer((request, response) =>
      middleware(request as never, response as never, () => handle(request, response)),
    )
    return { server, work: async () => countIn(await promRegistry.metrics()) }
  },
}

function otel(name: string, hasSdk: boolean): LoadSubject {
  return {
    name,
    workPerRequest: hasSdk ? 1 : 0,
    async create() {
      const { work, stop } = watchWithOtel(hasSdk)
      const server = createServer(handle)
      server.once('close', () => void stop())
      return { server, work }
    },
  }
}

const OURS = 'createMetrics'
const WHOLE = 'createMetrics, server hook as well'
const BUNDLE = 'express-prom-bundle'
const OTEL = 'instrumentation-http, no SDK'
const OTEL_SDK = 'instrumentation-http, metrics'

/** What metrics add to a plain server. */
export const plain: LoadGroup = {
  id: 'plain',
  title: 'Metrics on node:http',
  about:
    'A server that answers with a small JSON text, and the same with a histogram of durations by method, route and status, behind `toMiddleware` of `@breakwater/express`. With the server hook, upgrades, what is not HTTP and the bytes of responses are counted as well. What is told of the process is left out. Of OpenTelemetry, spans go nowhere, and without an SDK metrics do not either.',
  floor: bare,
  ours: [ours(OURS, false), ours(WHOLE, true)],
  peers: [bundle, otel(OTEL, false), otel(OTEL_SDK, true)],
  load,
  toleranceRatio: 0.05,
  claims: [
    costsAtMost(OURS, 1.05, FLOOR, 'Nobody should have to think about whether to measure.'),
    costsAtMost(WHOLE, 1.05, FLOOR, 'The same for all of it.'),
    addsLess(WHOLE, 8, BUNDLE, FLOOR, 'An eighth of what people pay now, or why change.'),
    addsLess(WHOLE, 8, OTEL, FLOOR, 'The same against what people pay now for nothing.'),
    addsLess(WHOLE, 8, OTEL_SDK, FLOOR, 'The same against a standard.'),
  ],
}
