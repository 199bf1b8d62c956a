import { strict as assert } from 'node:assert'
import type { ServerResponse } from 'node:http'
import type { HttpHook } from '@breakwater/core'
import { type Case, get } from '../case.ts'
import { isHttp2, type TransportRoute } from '../transport.ts'

interface HeadKind {
  readonly name: string
  readonly only?: Case['only']
  readonly status: number
  readonly informational?: readonly number[]
  readonly text?: string
  write(response: ServerResponse): void | Promise<void>
}

const later = () => new Promise((resolve) => setTimeout(resolve, 5))

/** Every way in which a response's head goes out. */
const HEADS: readonly HeadKind[] = [
  {
    name: 'by end',
    status: 202,
    text: 'body',
    write(response) {
      response.statusCode = 202
      response.end('body')
    },
  },
  {
    name: 'by write',
    status: 200,
    text: 'body',
    write(response) {
      response.write('bo')
      response.end('dy')
    },
  },
  {
    name: 'by writeHead',
    status: 202,
    text: 'body',
    write(response) {
      response.writeHead(202, { 'x-own': 'a' })
      response.end('body')
    },
  },
  {
    name: 'by writeHead, with headers set before and a length',
    status: 202,
    text: 'body',
    write(response) {
      response.setHeader('x-own', 'a')
      response.writeHead(202, { 'content-length': 4 }).end('body')
    },
  },
  {
    name: 'by writeHead with a message and a list',
    only: 'http1',
    status: 202,
    text: 'body',
    write(response) {
      response.writeHead(202, 'Taken', ['x-own', 'a', 'content-type', 'text/plain'])
      response.end('body')
    },
  },
  {
    name: 'by flushHeaders, some time before the body',
    status: 202,
    text: 'body',
    async write(response) {
      response.statusCode = 202
      response.flushHeaders()
      await later()
      response.end('body')
    },
  },
  {
    name: 'with status 204',
    status: 204,
    write(response) {
      response.statusCode = 204
      response.end()
    },
  },
  {
    name: 'with status 304',
    status: 304,
    write(response) {
      response.writeHead(304, { etag: '"a"' }).end()
    },
  },
  {
    name: 'after early hints',
    status: 202,
    text: 'body',
    informational: [103],
    async write(response) {
      response.writeEarlyHints({ link: '</style.css>; rel=preload; as=style' })
      await later()
      response.statusCode = 202
      response.end('body')
    },
  },
  {
    name: 'after 100 Continue',
    status: 202,
    text: 'body',
    informational: [100],
    async write(response) {
      response.writeContinue()
      await later()
      response.writeHead(202).end('body')
    },
  },
  {
    name: 'after 102 Processing',
    only: 'http1',
    status: 202,
    informational: [102, 102],
    text: 'body',
    async write(response) {
      response.writeProcessing()
      await later()
      response.writeProcessing()
      response.writeHead(202).end('body')
    },
  },
]

/** How a head is told, however it goes out. */
export const headCases: readonly Case[] = [
  ...HEADS.map(
    ({ name, only, status, informational = [], text = '', write }): Case => ({
      name: `heads: a head that goes out ${name} is told once, while headers can be set`,
      only,
      async run(trial) {
        const recorder = trial.recorder()
        const answer: TransportRoute['answer'] = async ({ response }) => {
          await write(response)
          return undefined
        }
        await trial.serve({
          hooks: [recorder.hook, { onHead: (exchange) => exchange.setHeader('x-head', String(exchange.status)) }],
          routes: [get('/head', answer)],
        })
        const client = await trial.connect()
        for (let times = 1; times <= 2; times++) {
          const reply = await client.fetch('GET', '/head')
          assert.deepEqual([reply.status, reply.text, reply.informational], [status, text, informational])
          assert.equal(reply.headers['x-head'], String(status))
          const recording = (await recorder.ended(times))[times - 1]
          assert.deepEqual([recording?.headStatus, recording?.status, recording?.outcome], [status, status, 'finished'])
          assert.deepEqual(recording?.calls, ['onStart', 'around', 'onHead', 'onEnd'])
        }
      },
    }),
  ),
  {
    name: 'heads: where a head is refused as its status is none, the error that goes out instead is told',
    async run(trial) {
      const recorder = trial.recorder()
      const answer: TransportRoute['answer'] = ({ response }) => {
        response.writeHead(1_000)
        return undefined
      }
      await trial.serve({ hooks: [recorder.hook], routes: [get('/head', answer)] })
      assert.equal((await trial.fetch('GET', '/head')).status, 500)
      const [recording] = await recorder.ended(1)
      assert.deepEqual([recording?.headStatus, recording?.status, recording?.outcome], [500, 500, 'finished'])
    },
  },
  {
    name: 'heads: where a head is refused because of a header, it is not told twice, and the end has the status that went out',
    only: 'http1', // HTTP/2 takes such a header, and the client waits for good
    async run(trial) {
      const told: string[] = []
      const hook: HttpHook = {
        onHead: () => void told.push('onHead'),
        onEnd: ({ status, outcome }) => void told.push(`onEnd ${status} ${outcome}`),
      }
      const answer: TransportRoute['answer'] = ({ response }) => {
        response.writeHead(200, { 'x-own': 'two\nlines' })
        return undefined
      }
      await trial.serve({ hooks: [hook], routes: [get('/head', answer)] })
      assert.equal((await trial.fetch('GET', '/head')).status, 500)
      await trial.waiter.until(() => told.length >= 2, 'the end')
      assert.deepEqual(told, ['onHead', 'onEnd 500 finished'])
    },
  },
  {
    name: 'heads: a status that is set after the head is not the one that went out',
    async run(trial) {
      const recorder = trial.recorder()
      const answer: TransportRoute['answer'] = ({ response }) => {
        response.writeHead(200)
        // As an error handler does that comes too late. HTTP/2 takes no status then.
        if (!isHttp2(trial.transport)) response.statusCode = 500
        response.end('body')
        return undefined
      }
      await trial.serve({ hooks: [recorder.hook], routes: [get('/head', answer)] })
      assert.equal((await trial.fetch('GET', '/head')).status, 200)
      const [recording] = await recorder.ended(1)
      assert.deepEqual([recording?.headStatus, recording?.status, recording?.outcome], [200, 200, 'finished'])
    },
  },
]
