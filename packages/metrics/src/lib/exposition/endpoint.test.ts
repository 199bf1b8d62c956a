import { gunzipSync } from 'node:zlib'
import type { HttpExchange, HttpReply } from '@breakwater/core'
import { expect, test } from 'vitest'
import { createExpositionEndpoint } from './endpoint.ts'
import type { Scraper } from './scrape.ts'

function exchange(headers: Record<string, string> = {}, method = 'GET'): HttpExchange {
  return { method, header: (name: string) => headers[name] } as HttpExchange
}

async function read({ body }: HttpReply): Promise<Buffer> {
  const pieces: Buffer[] = []
  for await (const piece of body as AsyncIterable<string>) pieces.push(Buffer.from(piece))
  return Buffer.concat(pieces)
}

/** A scraper whose scrapes end when they are told to. */
function setUp() {
  const scrapes: { readonly format: string; readonly end: () => void }[] = []
  const scraper: Pick<Scraper, 'bytes'> = {
    async *bytes(format) {
      const gate = Promise.withResolvers<void>()
      scrapes.push({ format: format.contentType, end: gate.resolve })
      const number = scrapes.length
      yield Buffer.from(`begin ${number}\n`)
      await gate.promise
      yield Buffer.from(`end ${number}\n`)
    },
  }
  const endpoint = createExpositionEndpoint(scraper)
  const scrape = (headers?: Record<string, string>): HttpReply => endpoint(exchange(headers)) as HttpReply
  return { endpoint, scrape, scrapes }
}

test('the endpoint answers text unless asked for something else', async () => {
  const { scrape, scrapes } = setUp()
  const reply = scrape()
  expect(reply).toMatchObject({
    status: 200,
    headers: {
      'content-type': 'text/plain; version=0.0.4; charset=utf-8',
      'cache-control': 'no-store',
      vary: 'accept, accept-encoding',
    },
  })
  scrapes[0]?.end()
  expect(String(await read(reply))).toBe('begin 1\nend 1\n')
})

test('the endpoint answers OpenMetrics, compressed', async () => {
  const { scrape, scrapes } = setUp()
  const reply = scrape({ accept: 'application/openmetrics-text', 'accept-encoding': 'gzip' })
  expect(reply.headers).toMatchObject({
    'content-type': 'application/openmetrics-text; version=1.0.0; charset=utf-8',
    'content-encoding': 'gzip',
  })
  await Promise.resolve()
  scrapes[0]?.end()
  expect(String(gunzipSync(await read(reply)))).toBe('begin 1\nend 1\n')
})

test('scrapes that come while one is being written share it, compressed or not', async () => {
  const { scrape, scrapes } = setUp()
  const replies = [scrape(), scrape({ 'accept-encoding': 'gzip' }), scrape(), scrape({ 'accept-encoding': 'gzip' })]
  await Promise.resolve()
  scrapes[0]?.end()
  const [plain = '', gzip = '', ...others] = await Promise.all(replies.map(read))
  expect(String(gunzipSync(gzip as Buffer))).toBe(String(plain))
  expect(others).toEqual([plain, gzip])
  expect(scrapes).toHaveLength(1)

  const next = scrape()
  scrapes[1]?.end()
  expect(String(await read(next))).toBe('begin 2\nend 2\n')
})

test('scrapes of different formats are written by themselves', () => {
  const { scrape, scrapes } = setUp()
  scrape()
  scrape({ accept: 'application/openmetrics-text' })
  expect(scrapes.map(({ format }) => format.split(';')[0])).toEqual(['text/plain', 'application/openmetrics-text'])
})

test('the endpoint answers HEAD without a scrape', async () => {
  const { endpoint, scrapes } = setUp()
  expect(await endpoint(exchange({}, 'HEAD'))).toEqual({ status: 200, headers: expect.any(Object) })
  expect(scrapes).toEqual([])
})

test('the endpoint refuses other methods', async () => {
  const { endpoint } = setUp()
  expect(await endpoint(exchange({}, 'POST'))).toEqual({ status: 405, headers: { allow: 'GET, HEAD' } })
})

test('slow readers hold four texts at most: who comes then reads the newest', async () => {
  const { scrape, scrapes } = setUp()
  const readers: AsyncIterator<unknown>[] = []
  const open = async (): Promise<void> => {
    const reader = (scrape().body as AsyncIterable<string>)[Symbol.asyncIterator]()
    readers.push(reader)
    await reader.next()
    scrapes.at(-1)?.end()
    await reader.next()
  }
  for (let count = 0; count < 6; count++) await open()
  expect(scrapes).toHaveLength(4)
  expect(scrape({ accept: 'application/openmetrics-text' })).toMatchObject({
    status: 503,
    headers: { 'retry-after': '1' },
  })

  await Promise.all(readers.map((reader) => reader.return?.()))
  await open()
  expect(scrapes).toHaveLength(5)
})

test('a client that goes away does not stop the others', async () => {
  const { scrape, scrapes } = setUp()
  const leaving = (scrape().body as AsyncIterable<string>)[Symbol.asyncIterator]()
  const staying = scrape()
  await leaving.next()
  await leaving.return?.()
  scrapes[0]?.end()
  expect(String(await read(staying))).toBe('begin 1\nend 1\n')
})
