import { strict as assert } from 'node:assert'
import type { ServerHttp2Session } from 'node:http2'
import type { Socket } from 'node:net'
import { Readable } from 'node:stream'
import type { HttpServerHook } from '@breakwater/core'
import { BYTES, type Case, ECHO, get, PLAIN, post, TEXT } from '../case.ts'
import type { Abort } from '../client.ts'
import { HTTP1_ABORTS } from '../http1-client.ts'
import { HTTP2_ABORTS } from '../http2-client.ts'
import type { Recording } from '../recorder.ts'
import { isHttp2, type TransportRoute } from '../transport.ts'
import { defer, quiet } from '../waiter.ts'

/** What a handler may do for a client that has gone. */
const LATE: readonly { how: string; answer: TransportRoute['answer'] }[] = [
  { how: 'answers', answer: () => ({ body: 'too late' }) },
  {
    how: 'writes a head',
    answer({ response }) {
      response.writeHead(200, { 'content-length': '8' }).end('too late')
      return undefined
    },
  },
  { how: 'fails', answer: () => Promise.reject(new Error('too late')) },
]

/** What becomes of a request whose client goes. */
export const abortCases: readonly Case[] = [
  ...HTTP1_ABORTS.flatMap((abort) => casesOf(abort, 'http1')),
  ...HTTP2_ABORTS.flatMap((abort) => casesOf(abort, 'http2')),
  {
    name: 'aborts: a client that goes after its response is no abort',
    async run(trial) {
      const recorder = trial.recorder()
      await trial.serve({ hooks: [recorder.hook], routes: [PLAIN] })
      for (const { abort } of trial.aborts) {
        const client = await trial.connect()
        const sent = client.send('GET', '/plain')
        await sent.reply()
        abort(client, sent)
      }
      await recorder.ended(trial.aborts.length)
      await quiet()
      for (const recording of recorder.recordings) assert.deepEqual(facts(recording), ['finished', 200])
    },
  },
  {
    name: 'aborts: a connection that this side destroys is a failure, not an abort',
    async run(trial) {
      const recorder = trial.recorder()
      const answer: TransportRoute['answer'] = ({ request }) => {
        if (isHttp2(trial.transport))
          (request as unknown as { stream: { session: ServerHttp2Session } }).stream.session.destroy()
        else request.socket.destroy()
        return undefined
      }
      await trial.serve({ hooks: [recorder.hook], routes: [get('/cut', answer)] })
      await assert.rejects(trial.fetch('GET', '/cut'))
      assert.equal((await recorder.ended(1))[0]?.outcome, 'failed')
    },
  },
  {
    name: 'aborts: a client that goes before the hooks see its request is told to all of them, once',
    async run(trial) {
      const recorders = [trial.recorder('a'), trial.recorder('b')]
      const [arrived, released] = [defer(), defer()]
      const before = async () => {
        arrived.resolve()
        await released.promise
      }
      const sockets: Socket[] = []
      const serverHooks: HttpServerHook[] = [{ onConnection: (socket) => void sockets.push(socket) }]
      await trial.serve({ hooks: recorders.map(({ hook }) => hook), serverHooks, routes: [PLAIN], before })
      const client = await trial.connect()
      client.send('GET', '/plain')
      await trial.waiter.within(arrived.promise, 'the request')
      client.destroy()
      await trial.waiter.until(() => sockets.every(({ closed }) => closed), 'the connection to close')
      await quiet()
      released.resolve()
      for (const recorder of recorders) assert.equal((await recorder.ended(1))[0]?.outcome, 'aborted')
      await quiet()
    },
  },
]

function facts(recording: Recording | undefined): unknown[] {
  return [recording?.outcome, recording?.status]
}

function casesOf({ name, abort }: Abort, only: 'http1' | 'http2'): readonly Case[] {
  return [
    ...LATE.map(
      ({ how, answer }): Case => ({
        name: `aborts: ${name} before the handler ${how}`,
        only,
        async run(trial) {
          const recorders = [trial.recorder('a'), trial.recorder('b')]
          const [arrived, released] = [defer(), defer()]
          const slow = get('/slow', async (call) => {
            arrived.resolve()
            await released.promise
            return answer(call)
          })
          await trial.serve({ hooks: recorders.map(({ hook }) => hook), routes: [slow] })
          const client = await trial.connect()
          const sent = client.send('GET', '/slow')
          await trial.waiter.within(arrived.promise, 'the request')
          abort(client, sent)
          for (const recorder of recorders) {
            const [recording] = await recorder.ended(1)
            assert.deepEqual([recording?.outcome, recording?.calls], ['aborted', ['onStart', 'around', 'onEnd']])
          }
          released.resolve()
          // The handler answers nobody now: hooks must not hear of it.
          await quiet()
        },
      }),
    ),
    {
      name: `aborts: ${name} during an upload that the framework reads`,
      only,
      async run(trial) {
        const recorder = trial.recorder()
        await trial.serve({ hooks: [recorder.hook], routes: [ECHO] })
        const client = await trial.connect()
        const sent = client.send('POST', '/echo', { headers: TEXT, body: 'begun', length: 1_000 })
        await trial.waiter.until(() => recorder.recordings.length === 1, 'the request')
        await quiet()
        abort(client, sent)
        assert.equal((await recorder.ended(1))[0]?.outcome, 'aborted')
        await quiet()
      },
    },
    {
      name: `aborts: ${name} during an upload that the handler reads`,
      only,
      async run(trial) {
        const recorder = trial.recorder()
        const begun = defer()
        const read = post('/read', async ({ request }) => {
          request.once('data', () => begun.resolve())
          for await (const _piece of request) {
          }
          return { body: 'read' }
        })
        await trial.serve({ hooks: [recorder.hook], routes: [read] })
        const client = await trial.connect()
        const sent = client.send('POST', '/read', { headers: BYTES, body: 'begun', length: 1_000 })
        await trial.waiter.within(begun.promise, 'the body')
        abort(client, sent)
        assert.equal((await recorder.ended(1))[0]?.outcome, 'aborted')
        await quiet()
      },
    },
    {
      name: `aborts: ${name} during a download`,
      only,
      async run(trial) {
        const recorder = trial.recorder()
        const stream = get('/endless', () => ({ body: Readable.from(endless()) }))
        await trial.serve({ hooks: [recorder.hook], routes: [stream] })
        const client = await trial.connect()
        const sent = client.send('GET', '/endless')
        await sent.piece()
        abort(client, sent)
        const [recording] = await recorder.ended(1)
        assert.deepEqual(facts(recording), ['aborted', 200])
        assert.deepEqual(recording?.calls, ['onStart', 'around', 'onHead', 'onEnd'])
      },
    },
  ]
}

async function* endless(): AsyncGenerator<string> {
  for (;;) {
    yield 'x'.repeat(1_000)
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}
