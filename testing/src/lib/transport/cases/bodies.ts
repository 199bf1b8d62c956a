import type { HttpReply } from '@breakwater/core'

/** A reply of one kind. */
export interface ReplyKind {
  /** Which. */
  readonly name: string
  /** Makes it. */
  reply(): HttpReply
  /** What the client is to read. */
  readonly text: string
}

async function* pieces(): AsyncGenerator<string | Uint8Array> {
  for (let index = 0; index < 100; index++) {
    // Some come at once, some later, some empty, some as bytes.
    if (index % 10 === 0) await new Promise(setImmediate)
    if (index % 25 === 0) yield ''
    yield index % 2 === 0 ? line(index) : Buffer.from(line(index))
  }
}

function line(index: number): string {
  return `${index} ${'é'.repeat(200)}\n`
}

const plain = { 'content-type': 'text/plain; charset=utf-8' }

/** Every kind of body that a reply can have. */
export const replyBodies: readonly ReplyKind[] = [
  { name: 'a reply with text', reply: () => ({ status: 200, headers: plain, body: 'ok\n' }), text: 'ok\n' },
  {
    name: 'a reply with text of several bytes per character',
    reply: () => ({ status: 503, headers: plain, body: 'größe 🌊' }),
    text: 'größe 🌊',
  },
  { name: 'a reply with an empty text', reply: () => ({ status: 200, headers: plain, body: '' }), text: '' },
  {
    name: 'a reply with bytes',
    reply: () => ({
      status: 200,
      headers: { 'content-type': 'application/x-bytes' },
      body: new TextEncoder().encode('bytes'),
    }),
    text: 'bytes',
  },
  {
    name: 'a reply without a body',
    reply: () => ({ status: 503, headers: { 'retry-after': '2', 'x-one': 'a' } }),
    text: '',
  },
  { name: 'a reply with status 204', reply: () => ({ status: 204 }), text: '' },
  {
    name: 'a reply with JSON',
    reply: () => ({ status: 200, headers: { 'content-type': 'application/problem+json' }, body: '{"a":1}' }),
    text: '{"a":1}',
  },
  {
    name: 'a reply in a hundred pieces',
    reply: () => ({ status: 200, headers: plain, body: pieces() }),
    text: Array.from({ length: 100 }, (_, index) => line(index)).join(''),
  },
  { name: 'a reply of no pieces', reply: () => ({ status: 200, headers: plain, body: none() }), text: '' },
]

async function* none(): AsyncGenerator<string> {}
