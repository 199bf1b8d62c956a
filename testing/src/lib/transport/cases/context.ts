import { strict as assert } from 'node:assert'
import { AsyncLocalStorage } from 'node:async_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import type { HttpHook } from '@breakwater/core'
import { BYTES, type Case, get, post, TEXT } from '../case.ts'
import type { Client } from '../client.ts'
import { isHttp2, type TransportRoute } from '../transport.ts'

const context = new AsyncLocalStorage<string>()
const outer = new AsyncLocalStorage<string>()

/** Runs what follows inside the request's `x-id`. Sets nothing if there is none: then nothing must be there. */
const hook: HttpHook = {
  around(exchange, next) {
    const id = exchange.header('x-id')
    if (id === undefined) next()
    else context.run(id, next)
  },
}

function here(): string {
  return String(context.getStore())
}

const ROUTES: readonly TransportRoute[] = [
  get('/context', async ({ request }) => {
    const first = here()
    await sleep(Number(request.headers['x-wait'] ?? 1))
    await new Promise(setImmediate)
    return { body: `${first} ${here()}` }
  }),
  post('/context', async ({ text }) => {
    const first = here()
    await sleep(1)
    return { body: `${first} ${here()} ${text?.length}` }
  }),
  post('/listen', ({ request }) => {
    const seen = new Set<string>()
    request.on('data', () => seen.add(here()))
    return new Promise((resolve) => {
      request.on('end', async () => {
        seen.add(here())
        await sleep(1)
        resolve({ body: [...seen.add(here())].join() })
      })
    })
  }),
  post('/iterate', async ({ request }) => {
    const seen = new Set<string>([here()])
    for await (const _piece of request) seen.add(here())
    return { body: [...seen.add(here())].join() }
  }),
]

/** Where what a hook put around a request holds, and where it does not. */
export const contextCases: readonly Case[] = [
  {
    name: 'context: a handler is inside what hooks put around it, also after it awaited',
    async run(trial) {
      await trial.serve({ hooks: [hook], routes: ROUTES })
      assert.equal((await trial.fetch('GET', '/context', { headers: { 'x-id': 'a' } })).text, 'a a')
      assert.equal(context.getStore(), undefined)
    },
  },
  {
    name: 'context: nothing is left for the next request on the connection',
    async run(trial) {
      await trial.serve({ hooks: [hook], routes: ROUTES })
      const client = await trial.connect()
      const texts: string[] = []
      for (const id of ['a', undefined, 'b', undefined, undefined, 'c']) {
        texts.push((await client.fetch('GET', '/context', { headers: id === undefined ? {} : { 'x-id': id } })).text)
      }
      const none = 'undefined undefined'
      assert.deepEqual(texts, ['a a', none, 'b b', none, none, 'c c'])
    },
  },
  {
    name: 'context: it holds after the framework has read a body, and is gone for the next request',
    async run(trial) {
      await trial.serve({ hooks: [hook], routes: ROUTES })
      const client = await trial.connect()
      assert.equal(await upload(client, '/context', 'a', TEXT), 'a a 40000')
      assert.equal(await upload(client, '/context', undefined, TEXT), 'undefined undefined 40000')
      assert.equal(await upload(client, '/context', 'b', TEXT), 'b b 40000')
    },
  },
  ...['/listen', '/iterate'].map(
    (path): Case => ({
      name: `context: it holds where a handler reads a body itself, at ${path}`,
      async run(trial) {
        await trial.serve({ hooks: [hook], routes: ROUTES })
        const client = await trial.connect()
        assert.equal(await upload(client, path, 'a', BYTES), 'a')
        assert.equal(await upload(client, path, undefined, BYTES), 'undefined')
        assert.equal(await upload(client, path, 'b', BYTES), 'b')
      },
    }),
  ),
  {
    name: 'context: an endpoint is inside it',
    async run(trial) {
      const endpoint = async () => {
        const first = here()
        await sleep(1)
        return { status: 200, body: `${first} ${here()}` }
      }
      await trial.serve({ hooks: [hook], endpoints: { '/ready': endpoint } })
      assert.equal((await trial.fetch('GET', '/ready', { headers: { 'x-id': 'a' } })).text, 'a a')
    },
  },
  {
    name: 'context: what several hooks put around a request is nested',
    async run(trial) {
      const around: HttpHook = { around: (_exchange, next) => outer.run(`outer of ${context.getStore()}`, next) }
      const handler = get('/context', async () => {
        await sleep(1)
        return { body: `${here()}, ${outer.getStore()}` }
      })
      await trial.serve({ hooks: [hook, around], routes: [handler] })
      const { text } = await trial.fetch('GET', '/context', { headers: { 'x-id': 'a' } })
      assert.equal(text, 'a, outer of a')
    },
  },
  {
    name: 'context: fifty requests at once each have their own',
    async run(trial) {
      await trial.serve({ hooks: [hook], routes: ROUTES })
      const connections = isHttp2(trial.transport) ? 1 : 5
      const clients = await Promise.all(Array.from({ length: connections }, () => trial.connect()))
      const sent = Array.from({ length: 50 }, async (_, index) => {
        const client = clients[index % clients.length] as Client
        // Every third has none; on HTTP/1.1 those of one connection are pipelined.
        const id = index % 3 === 0 ? undefined : `id-${index}`
        const headers = { 'x-wait': String(index % 7), ...(id === undefined ? {} : { 'x-id': id }) }
        assert.equal((await client.fetch('GET', '/context', { headers })).text, `${id} ${id}`)
      })
      await Promise.all(sent)
    },
  },
]

/** Sends a body in two parts some time apart, so that it comes in several pieces. */
async function upload(
  client: Client,
  path: string,
  id: string | undefined,
  type: Readonly<Record<string, string>>,
): Promise<string> {
  const headers = { ...type, ...(id === undefined ? {} : { 'x-id': id }) }
  const sent = client.send('POST', path, { headers, body: 'x'.repeat(20_000), length: 40_000 })
  await sleep(5)
  sent.write('y'.repeat(20_000))
  const { status, text } = await sent.reply()
  assert.equal(status, 200)
  return text
}
