import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type Middleware, toMiddleware } from '@breakwater/express'
import { costsAtMost } from '../../src/claims.ts'
import type { LoadGroup, LoadSubject } from '../../src/load/subject.ts'
import { createCountingHooks, PHASES } from './counting-hook.ts'
import { answer, load } from './task.ts'

function handle(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(JSON.stringify(answer))
}

const bare: LoadSubject = { name: 'node:http', create: async () => ({ server: createServer(handle) }) }

function withHooks(name: string, count: number): LoadSubject {
  return {
    name,
    workPerRequest: count * PHASES,
    async create() {
      const { hooks, calls } = createCountingHooks(count)
      const middleware: Middleware = toMiddleware(hooks)
      const server = createServer((request, response) => middleware(request, response, () => handle(request, response)))
      return { server, work: calls }
    },
  }
}

/** What one feature would write without the port: a stamp, a wrapped `writeHead` and a listener of `close`. */
const byHand: LoadSubject = {
  name: '1 by hand',
  workPerRequest: PHASES,
  async create() {
    let calls = 0
    const server = createServer((request, response: ServerResponse & { startedAtMs?: number }) => {
      calls++
      response.startedAtMs = performance.now()
      const writeHead = response.writeHead
      response.writeHead = function (this: ServerResponse, ...args: unknown[]) {
        calls++
        return Reflect.apply(writeHead, this, args)
      } as typeof writeHead
      response.on('close', () => {
        calls++
      })
      handle(request, response)
    })
    return { server, work: () => calls }
  },
}

/** What hooks add to a plain server. */
export const plain: LoadGroup = {
  id: 'plain',
  title: 'Hooks on node:http',
  about:
    'A server that answers with a small JSON text, and the same behind `toMiddleware` of `@breakwater/express` with hooks of three phases that count. By hand is what one feature would write without the port.',
  floor: bare,
  ours: [withHooks('1 hook', 1), withHooks('5 hooks', 5)],
  peers: [byHand],
  load,
  toleranceRatio: 0.025,
  claims: [
    costsAtMost(
      '1 hook',
      1.03,
      'node:http',
      'Features promise 5 % together with the port, which should leave them most.',
    ),
    costsAtMost('5 hooks', 1.05, 'node:http', 'As many as a whole service has, before they do anything.'),
  ],
}
