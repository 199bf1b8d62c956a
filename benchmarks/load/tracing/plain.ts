import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { HttpHook } from '@breakwater/core'
import { toMiddleware } from '@breakwater/express'
import { createTracing } from '@breakwater/tracing'
import { addsLess, costsAtMost } from '../../src/claims.ts'
import type { LoadGroup, LoadSubject } from '../../src/load/subject.ts'
import { answer, load } from '../hooks/task.ts'
import { watchHttp } from '../http-instrumentation.ts'
import { registerSdk } from './sdk.ts'

function handle(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(JSON.stringify(answer))
}

const FLOOR = 'node:http'
const bare: LoadSubject = { name: FLOOR, create: async () => ({ server: createServer(handle) }) }

function serve(hook: HttpHook): Server {
  const middleware = toMiddleware([hook])
  return createServer((request, response) => middleware(request, response, () => handle(request, response)))
}

/** What it costs to have hooks at all, which all features share. */
const idle: LoadSubject = {
  name: 'a hook that does nothing',
  create: async () => ({ server: serve({ onStart: () => undefined, around: (_, next) => next(), onEnd() {} }) }),
}

/** Without an SDK if `sampledRatio` is not said. */
function ours(name: string, sampledRatio?: number): LoadSubject {
  return {
    name,
    workPerRequest: sampledRatio ?? 0,
    async create() {
      const sdk = sampledRatio === undefined ? undefined : registerSdk(sampledRatio)
      const tracing = createTracing()
      const server = serve(tracing.hook)
      server.once('close', () => void tracing.close())
      sdk?.closeWith(server)
      return { server, ...(sdk && { work: sdk.spans }) }
    },
  }
}

function theirs(name: string, sampledRatio?: number): LoadSubject {
  return {
    name,
    workPerRequest: sampledRatio ?? 0,
    async create() {
      const sdk = sampledRatio === undefined ? undefined : registerSdk(sampledRatio)
      const { stop } = watchHttp()
      const server = createServer(handle)
      sdk?.closeWith(server)
      server.once('close', stop)
      return { server, ...(sdk && { work: sdk.spans }) }
    },
  }
}

const OURS = 'createTracing, no SDK'
const OURS_OFF = 'createTracing, not sampled'
const OURS_ON = 'createTracing, recorded'
const THEIRS = 'instrumentation-http, no SDK'
const THEIRS_OFF = 'instrumentation-http, not sampled'
const THEIRS_ON = 'instrumentation-http, recorded'

/** What spans add to a plain server. */
export const plain: LoadGroup = {
  id: 'plain',
  title: 'Spans on node:http',
  about:
    "A server that answers with a small JSON text, and the same with a span for each request, behind `toMiddleware` of `@breakwater/express`, or with OpenTelemetry's own instrumentation. *A hook that does nothing* is what it costs to have hooks at all, which all features share. Without an SDK nobody wants spans; *not sampled*, nobody wants these; *recorded*, they go to a batch processor, and from there nowhere.",
  floor: bare,
  ours: [idle, ours(OURS), ours(OURS_OFF, 0), ours(OURS_ON, 1)],
  peers: [theirs(THEIRS), theirs(THEIRS_OFF, 0), theirs(THEIRS_ON, 1)],
  load,
  toleranceRatio: 0.05,
  claims: [
    costsAtMost(OURS, 1.03, FLOOR, 'Who has no SDK should not notice that he could have one.'),
    costsAtMost(OURS, 1.03, idle.name, 'The same where hooks are there anyway, for metrics or a logger.'),
    addsLess(OURS, 8, THEIRS, FLOOR, 'The same against what people pay now for nothing.'),
    addsLess(OURS_OFF, 2, THEIRS_OFF, FLOOR, 'Most requests of a busy service are not sampled.'),
    addsLess(OURS_ON, 1.25, THEIRS_ON, FLOOR, 'The SDK is the same, and most of the cost.'),
  ],
}
