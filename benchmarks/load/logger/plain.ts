import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type Middleware, toMiddleware } from '@breakwater/express'
import { createLogger, type LoggerOptions } from '@breakwater/logger'
import { pinoHttp } from 'pino-http'
import { addsLess, costsAtMost } from '../../src/claims.ts'
import type { LoadGroup, LoadSubject, Served } from '../../src/load/subject.ts'
import { answer, load } from '../hooks/task.ts'
import { type CountedStream, toOurStream, toPinoStream } from './streams.ts'

function handle(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(JSON.stringify(answer))
}

function serve(middleware: Middleware, stream: CountedStream): Served {
  const server = createServer((request, response) => middleware(request, response, () => handle(request, response)))
  stream.closeWith(server)
  return { server, work: stream.lines }
}

const FLOOR = 'node:http'
const bare: LoadSubject = { name: FLOOR, create: async () => ({ server: createServer(handle) }) }

function ours(name: string, isBuffered: boolean, options: LoggerOptions = {}): LoadSubject {
  return {
    name,
    workPerRequest: options.requests === false ? 0 : 1,
    async create() {
      const stream = toOurStream(isBuffered)
      const logger = createLogger({ destination: stream, hear: false, crashes: false, ...options })
      return serve(toMiddleware([logger.hook]), stream)
    },
  }
}

/** As its README has it. */
function theirs(name: string, isBuffered: boolean): LoadSubject {
  return {
    name,
    workPerRequest: 1,
    async create() {
      const stream = toPinoStream(isBuffered)
      const log = pinoHttp({}, stream)
      return serve(
        (request, response, next) => log(request as IncomingMessage, response as ServerResponse, next),
        stream,
      )
    },
  }
}

const OURS = 'createLogger'
const OURS_BUFFERED = 'createLogger, buffered'
const THEIRS = 'pino-http'
const THEIRS_BUFFERED = 'pino-http, buffered'

/** What access lines add to a plain server. */
export const plain: LoadGroup = {
  id: 'plain',
  title: 'Access lines on node:http',
  about:
    'A server that answers with a small JSON text, and the same with a line for each request, behind `toMiddleware` of `@breakwater/express`. Lines go to the null device, each with a call of the operating system of its own, or, where they are buffered, 4 KiB at a time. *No lines* gives what is written inside of a request its ids, and writes nothing by itself. That of pino-http is a line with all headers of both directions, whatever stands in them.',
  floor: bare,
  ours: [ours(OURS, false), ours(OURS_BUFFERED, true), ours('createLogger, no lines', false, { requests: false })],
  peers: [theirs(THEIRS, false), theirs(THEIRS_BUFFERED, true)],
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
