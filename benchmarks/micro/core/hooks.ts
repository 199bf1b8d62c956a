import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { createHookRunner, type ExchangeSource, type HttpHook } from '@breakwater/core'
import { costsAtMost } from '../../src/claims.ts'
import type { MicroGroup, MicroSubject } from '../../src/micro/subject.ts'

/** Nothing is ever sent through it. */
const socket = new Socket()

/** One request, with what Node's server makes for it. */
interface Answered {
  readonly request: IncomingMessage
  readonly response: ServerResponse
}

function arrive(): Answered {
  const request = new IncomingMessage(socket)
  request.method = 'GET'
  request.url = '/tasks/7'
  const response = new ServerResponse(request)
  // As the server does, unless an earlier response is still under way.
  response.assignSocket(socket)
  return { request, response }
}

/** What a handler does, and then what the connection does. */
function finish({ response }: Answered): void {
  response.writeHead(200)
  response.detachSocket(socket)
  response.emit('close')
}

const source: ExchangeSource<IncomingMessage> = { url: ({ url = '' }) => url, route: () => '/tasks/:id' }

let calls = 0
/** A hook that uses every phase but `around`, as little as it can. Each is an object of its own, as each feature's is. */
function createCounting(): HttpHook {
  return {
    onStart() {
      calls++
      return undefined
    },
    onHead() {
      calls++
    },
    onEnd() {
      calls++
    },
  }
}

/** `check` returns how many calls the subject makes per phase and hook: 1 where there are any. */
function requests(name: string, hooks: number, handle: () => void): MicroSubject {
  return {
    name,
    create: () => ({
      run(times) {
        for (let i = 0; i < times; i++) handle()
      },
      check() {
        const before = calls
        this.run(10)
        return calls - before === hooks * 3 * 10
      },
    }),
  }
}

function withRunner(name: string, count: number): MicroSubject {
  const runner = createHookRunner(Array.from({ length: count }, createCounting), source)
  return requests(name, count, () => {
    const answered = arrive()
    runner.begin(answered.request, answered.request, answered.response)
    finish(answered)
  })
}

const run: MicroGroup = {
  id: 'hooks',
  title: 'Hooks of one request',
  about:
    "One operation makes Node's request and response, sends the head and closes. There is no connection, no parser and no handler, so the floor is a small part of a real request; see the benchmarks under load for the whole. What counts here is what is added. A hook has `onStart`, `onHead` and `onEnd`, which count. By hand is what one feature would do without the port: a stamp, a wrapped `writeHead` and a listener of `close`.",
  floor: requests('no hooks', 0, () => finish(arrive())),
  ours: [withRunner('1 hook', 1), withRunner('5 hooks', 5), withRunner('a runner without hooks', 0)],
  peers: [
    requests('1 by hand', 1, () => {
      const answered = arrive()
      byHand(answered.response)
      finish(answered)
    }),
  ],
  expected: true,
  claims: [
    costsAtMost('1 hook', 2, '1 by hand', 'Exactly once, in order and isolated from each other has its price.'),
    costsAtMost('5 hooks', 1.5, '1 hook', 'Further hooks share what the first one set up.'),
  ],
}

interface Stamped extends ServerResponse {
  startedAtMs?: number
}

function byHand(response: Stamped): void {
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
}

/** What the hooks of a request cost. */
export const hooks: readonly MicroGroup[] = [run]
