import { strict as assert } from 'node:assert'
import type { HttpHook } from '@breakwater/core'
import { type Case, ECHO, get, PLAIN, TEXT } from '../case.ts'
import { formatRequest, HTTP1_ABORTS } from '../http1-client.ts'
import { defer, quiet } from '../waiter.ts'

const COUNT = 50

/** Requests that do not wait for the response before. */
export const pipeliningCases: readonly Case[] = [
  {
    name: 'pipelining: fifty requests in one write are answered in order, each exchange once',
    only: 'http1',
    async run(trial) {
      const recorder = trial.recorder()
      const number = get('/numbers/:number', ({ request }) => ({ body: String(request.url).split('/').at(-1) }))
      await trial.serve({ hooks: [recorder.hook], routes: [number] })
      const client = await trial.http1()
      const ids = Array.from({ length: COUNT }, (_, index) => String(index))
      client.write(ids.map((id) => formatRequest('GET', `/numbers/${id}`, { headers: { 'x-id': id } })).join(''))
      const texts: string[] = []
      for (const _id of ids) texts.push((await client.expect('GET').reply()).text)
      assert.deepEqual(texts, ids)
      const recordings = await recorder.ended(COUNT)
      assert.deepEqual(
        recordings.map(({ id }) => id),
        ids,
      )
      for (const { outcome, status, route } of recordings) {
        assert.deepEqual([outcome, status, route], ['finished', 200, '/numbers/:number'])
      }
    },
  },
  {
    name: 'pipelining: a slow answer holds back quick ones, bodies and refusals behind it',
    only: 'http1',
    async run(trial) {
      const recorder = trial.recorder()
      const released = defer()
      const slow = get('/slow', async () => {
        await released.promise
        return { body: 'slow' }
      })
      const gate: HttpHook = {
        onStart: ({ path }) => (path === '/refused' ? { status: 503, body: 'refused' } : undefined),
      }
      await trial.serve({
        hooks: [recorder.hook, gate],
        routes: [slow, PLAIN, ECHO],
        endpoints: { '/ready': () => ({ status: 200, body: 'ready' }) },
      })
      const client = await trial.http1()
      const requests: [string, string, string?][] = [
        ['GET', '/slow'],
        ['GET', '/plain'],
        ['GET', '/refused'],
        ['POST', '/echo', 'echo'],
        ['GET', '/ready'],
        ['GET', '/nowhere'],
        ['GET', '/plain'],
      ]
      client.write(
        requests.map(([method, path, body]) => formatRequest(method, path, { headers: TEXT, body })).join(''),
      )
      await quiet()
      released.resolve()
      const statuses: number[] = []
      const texts: string[] = []
      for (const [method] of requests) {
        const { status, text } = await client.expect(method).reply()
        statuses.push(status)
        texts.push(text)
      }
      assert.deepEqual(statuses, [200, 200, 503, 200, 200, 404, 200])
      assert.deepEqual(texts.toSpliced(5, 1), ['slow', 'plain', 'refused', 'echo', 'ready', 'plain'])
      const recordings = await recorder.ended(requests.length)
      assert.deepEqual(recordings.map(({ status }) => status).sort(), statuses.toSorted())
      assert.deepEqual(new Set(recordings.map(({ outcome }) => outcome)), new Set(['finished']))
    },
  },
  ...HTTP1_ABORTS.flatMap(({ name, abort }): Case[] => [
    {
      name: `pipelining: ${name} after two of three answers`,
      only: 'http1',
      async run(trial) {
        const recorder = trial.recorder()
        const slow = get('/slow', () => new Promise(() => {}))
        await trial.serve({ hooks: [recorder.hook], routes: [PLAIN, slow] })
        const client = await trial.http1()
        client.write(['/plain', '/plain', '/slow'].map((path) => formatRequest('GET', path)).join(''))
        await client.expect('GET').reply()
        await client.expect('GET').reply()
        await trial.waiter.until(() => recorder.recordings.length === 3, 'three requests')
        abort(client, client.expect('GET'))
        const recordings = await recorder.ended(3)
        assert.deepEqual(
          recordings.map(({ outcome }) => outcome),
          ['finished', 'finished', 'aborted'],
        )
      },
    },
    {
      name: `pipelining: ${name} while answers wait for the one before`,
      only: 'http1',
      async run(trial) {
        const recorders = [trial.recorder('a'), trial.recorder('b')]
        const released = defer()
        const slow = get('/slow', async () => {
          await released.promise
          return { body: 'too late' }
        })
        await trial.serve({ hooks: recorders.map(({ hook }) => hook), routes: [PLAIN, slow] })
        const client = await trial.http1()
        // The first is not answered, the second is but waits for it, the third is not answered either.
        client.write(['/slow', '/plain', '/slow'].map((path) => formatRequest('GET', path)).join(''))
        await trial.waiter.until(() => recorders[1]?.recordings.length === 3, 'three requests')
        await quiet()
        abort(client, client.expect('GET'))
        for (const recorder of recorders) {
          const recordings = await recorder.ended(3)
          assert.deepEqual(
            recordings.map(({ outcome }) => outcome),
            ['aborted', 'aborted', 'aborted'],
          )
        }
        released.resolve()
        await quiet()
      },
    },
  ]),
]
