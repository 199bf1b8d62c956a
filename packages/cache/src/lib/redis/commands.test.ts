import { expect, test } from 'vitest'
import { createReader, runScript } from './commands.ts'
import type { RedisClient, RedisClientOptions } from './redis-client.ts'
import { SCRIPTS } from './scripts.ts'

/** A client that answers from a list, and notes what it was sent. */
function createFake(
  answers: unknown[],
  isCluster = false,
  options: RedisClientOptions = {},
): RedisClient & { sent: unknown[][] } {
  const sent: unknown[][] = []
  const send = (command: string, args: unknown[]): Promise<unknown> => {
    sent.push([command, ...args])
    const answer = answers.shift()
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer)
  }
  return {
    sent,
    status: 'ready',
    isCluster,
    options,
    call: send,
    callBuffer: send,
    duplicate: () => createFake([]),
    on: () => {},
    disconnect: () => {},
  }
}

const lease = { token: 'token', forMs: 10.5 }

test('runScript() sends the text only to a server that has not seen it', async () => {
  const client = createFake([new Error('NOSCRIPT No matching script'), 'first', 'second'])
  expect(await runScript(client, SCRIPTS.renew, ['a', 'b'], [1])).toBe('first')
  expect(await runScript(client, SCRIPTS.renew, ['a', 'b'], [1])).toBe('second')
  expect(client.sent).toEqual([
    ['evalsha', SCRIPTS.renew.sha1, 2, 'a', 'b', 1],
    ['eval', SCRIPTS.renew.lua, 2, 'a', 'b', 1],
    ['evalsha', SCRIPTS.renew.sha1, 2, 'a', 'b', 1],
  ])
})

test('read() is one command, with a lease as well', async () => {
  const client = createFake([null, null])
  const reader = createReader(client)
  await reader.read('a', undefined, String)
  await reader.read('a', lease, String)
  expect(client.sent).toEqual([
    ['get', 'a'],
    ['set', 'a', 'L:token', 'NX', 'GET', 'PX', 11],
  ])
})

test('readMany() asks a script for what is missing only', async () => {
  const [one, three] = [Buffer.from('1'), Buffer.from('3')]
  const client = createFake([
    [one, null, three, null],
    [null, Buffer.from('L:other')],
  ])
  expect(await createReader(client).readMany(['a', 'b', 'c', 'd'], lease)).toEqual([
    one,
    null,
    three,
    Buffer.from('L:other'),
  ])
  expect(client.sent).toEqual([
    ['mget', 'a', 'b', 'c', 'd'],
    ['evalsha', SCRIPTS.read.sha1, 2, 'b', 'd', 'token', 11],
  ])
  const full = createFake([[one]])
  await createReader(full).readMany(['a'], lease)
  expect(full.sent).toHaveLength(1)
})

test('reads of a Cluster go to masters, whatever its client reads from', async () => {
  for (const scaleReads of ['slave', 'all', () => []]) {
    const client = createFake([[null], [null, null], [null]], true, { scaleReads })
    const reader = createReader(client)
    await reader.read('a', undefined, String)
    await reader.readMany(['a', 'b'], undefined)
    expect(client.sent).toEqual([
      ['evalsha', SCRIPTS.read.sha1, 1, 'a', '', 1],
      ['evalsha', SCRIPTS.read.sha1, 2, 'a', 'b', '', 1],
    ])
  }
  const master = createFake([null], true, { scaleReads: 'master' })
  await createReader(master).read('a', undefined, String)
  expect(master.sent).toEqual([['get', 'a']])
})

test('read() passes on what the server says, but for what is no string', async () => {
  const error = new Error('OOM command not allowed')
  await expect(createReader(createFake([error])).read('a', lease, String)).rejects.toBe(error)
  const wrong = createReader(createFake([new Error('WRONGTYPE Operation'), new Error('WRONGTYPE Operation')]))
  expect(await wrong.read('a', lease, (found) => found?.length)).toBe(0)
  expect(await wrong.read('a', undefined, (found) => found?.length)).toBe(0)
})
