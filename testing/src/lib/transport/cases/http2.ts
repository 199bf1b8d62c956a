import { strict as assert } from 'node:assert'
import { constants } from 'node:http2'
import { Readable } from 'node:stream'
import { type Case, ECHO, get, PLAIN, TEXT } from '../case.ts'
import { type Deferred, defer, quiet } from '../waiter.ts'

const COUNT = 50

/** What only many streams on one connection show. Most other cases run on HTTP/2 as they are. */
export const http2Cases: readonly Case[] = [
  {
    name: 'http2: fifty streams at once, each exchange once',
    only: 'http2',
    async run(trial) {
      const recorder = trial.recorder()
      const released: Deferred<void>[] = []
      const slow = get('/numbers/:number', async ({ request }) => {
        const mine = defer()
        released.push(mine)
        await mine.promise
        return { body: request.url }
      })
      await trial.serve({ hooks: [recorder.hook], routes: [slow] })
      const client = await trial.http2()
      const replies = Array.from({ length: COUNT }, (_, index) => client.fetch('GET', `/numbers/${index}`))
      await trial.waiter.until(() => released.length === COUNT, 'all requests at once')
      for (const { resolve } of released.toReversed()) resolve()
      const texts = (await Promise.all(replies)).map(({ text }) => text)
      assert.deepEqual(
        texts,
        Array.from({ length: COUNT }, (_, index) => `/numbers/${index}`),
      )
      for (const { outcome, status, route } of await recorder.ended(COUNT)) {
        assert.deepEqual([outcome, status, route], ['finished', 200, '/numbers/:number'])
      }
    },
  },
  {
    name: 'http2: a stream that is cancelled, and one that fails, do not touch the others',
    only: 'http2',
    async run(trial) {
      const recorder = trial.recorder()
      const fails = defer()
      async function* failing(): AsyncGenerator<string> {
        yield 'part'
        await fails.promise
        throw new Error('secret')
      }
      await trial.serve({
        hooks: [recorder.hook],
        routes: [
          get('/slow', () => new Promise(() => {})),
          get('/fails', () => ({ body: Readable.from(failing()) })),
          ECHO,
        ],
      })
      const client = await trial.http2()
      const cancelled = client.send('GET', '/slow', { headers: { 'x-id': 'cancelled' } })
      const failed = client.send('GET', '/fails', { headers: { 'x-id': 'failed' } })
      const echo = client.send('POST', '/echo', { headers: { ...TEXT, 'x-id': 'echo' }, body: 'ec', length: 4 })
      await failed.piece()
      await trial.waiter.until(() => recorder.recordings.length === 3, 'three requests')
      cancelled.stream.close(constants.NGHTTP2_CANCEL)
      fails.resolve()
      await failed.reply()
      echo.write('ho')
      assert.equal((await echo.reply()).text, 'echo')
      const outcomes = (await recorder.ended(3)).map(({ id, outcome }) => [id, outcome])
      assert.deepEqual(Object.fromEntries(outcomes), { cancelled: 'aborted', failed: 'failed', echo: 'finished' })
    },
  },
  {
    name: 'http2: a session that is destroyed aborts everything on it',
    only: 'http2',
    async run(trial) {
      const recorders = [trial.recorder('a'), trial.recorder('b')]
      await trial.serve({
        hooks: recorders.map(({ hook }) => hook),
        routes: [get('/slow', () => new Promise(() => {})), ECHO, PLAIN],
      })
      const client = await trial.http2()
      await client.fetch('GET', '/plain')
      for (let index = 0; index < 10; index++) {
        client.send('GET', '/slow')
        client.send('POST', '/echo', { headers: TEXT, body: 'begun', length: 1_000 })
      }
      await trial.waiter.until(() => recorders[1]?.recordings.length === 21, 'all requests')
      client.session.destroy()
      for (const recorder of recorders) {
        const [first, ...rest] = await recorder.ended(21)
        assert.equal(first?.outcome, 'finished')
        assert.deepEqual(new Set(rest.map(({ outcome }) => outcome)), new Set(['aborted']))
      }
      await quiet()
    },
  },
  {
    name: 'http2: a session that its client closes gently finishes what is on it',
    only: 'http2',
    async run(trial) {
      const recorder = trial.recorder()
      const released = defer()
      const slow = get('/slow', async () => {
        await released.promise
        return { body: 'in time' }
      })
      await trial.serve({ hooks: [recorder.hook], routes: [slow] })
      const client = await trial.http2()
      const sent = client.send('GET', '/slow')
      await trial.waiter.until(() => recorder.recordings.length === 1, 'the request')
      client.session.close()
      await quiet()
      released.resolve()
      assert.equal((await sent.reply()).text, 'in time')
      assert.equal((await recorder.ended(1))[0]?.outcome, 'finished')
    },
  },
]
