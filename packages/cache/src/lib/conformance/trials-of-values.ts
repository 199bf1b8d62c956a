import { check, same } from './case.ts'
import { bytes, foundIn, type TierTrial, textOf, toLease, toRecord, unique } from './tier-setting.ts'

/** What is stored is what comes back. */
export const valueTrials: Readonly<Record<string, TierTrial>> = {
  async 'finds nothing where nothing is'({ open }) {
    const { connection } = await open()
    same((await connection.read('a')).kind, 'absent', 'what is read')
    same(await connection.readMany([]), [], 'what is read of no keys')
  },
  async 'gives back a record with all it has'({ open }) {
    const [writer, reader] = [await open(), await open()]
    const record = {
      bornAtMs: 1_700_000_000_123,
      ttlMs: 60_001,
      staleWhileRevalidateMs: 2_000,
      graceMs: 3_000,
      tags: ['a', 'b c', '"', '\n', 'ж', "'", '{', ''.padEnd(200, 'x')],
      format: 2 ** 31 - 1,
    }
    const { seq } = writer.positionFor('a')
    check(await writer.load('a', { ...record, body: bytes('text') }), 'it is filled')
    const { body, ...found } = foundIn(await reader.connection.read('a'))
    same(
      [Object.entries(found).sort(), Buffer.from(body).toString()],
      [Object.entries({ ...record, seq }).sort(), 'text'],
      'the record',
    )
  },
  async 'keeps every byte of a body'({ open }) {
    const { connection, load, positionFor } = await open()
    const bodies = [
      new Uint8Array(0),
      Uint8Array.from({ length: 256 }, (_, byte) => byte),
      Uint8Array.from({ length: 1_000_000 }, (_, index) => index * 31),
      ...['L:x', 'F:x', 'B1 1 2 []', '\n', '\r\n', '$-1\r\n', '\0'].map(bytes),
    ]
    for (const [index, body] of bodies.entries()) {
      check(await load(`key ${index}`, { body }), 'it is filled')
      const found = foundIn(await connection.read(`key ${index}`)).body
      check(Buffer.compare(found, body) === 0, `body ${index} is what was stored`)
      const written = await connection.set(
        `set ${index}`,
        toRecord({ body }),
        positionFor(`set ${index}`),
        unique(),
        false,
      )
      same(written.kind, 'stored', 'what set() says')
      const set = foundIn(await connection.read(`set ${index}`)).body
      check(Buffer.compare(set, body) === 0, `body ${index} is what was set`)
    }
  },
  async 'keeps keys apart'({ open }) {
    const { connection, load } = await open()
    const keys = [
      'a',
      'A',
      'a:a',
      'v:a',
      'l:a',
      ':',
      '{a}',
      '}a{',
      'ä',
      'a\u0308',
      'a b',
      'a\n',
      '*',
      '__proto__',
      'x'.repeat(1_024),
    ]
    for (const key of keys) check(await load(key, { body: bytes(`of ${key}`) }), `${key} is filled`)
    for (const key of keys) same(textOf(await connection.read(key)), `of ${key}`, `the value of ${key}`)
  },
  async 'keeps caches of different names apart'({ open }) {
    const [one, two] = [await open('one'), await open('two')]
    check(await one.load('a', {}), 'it is filled')
    same((await two.connection.read('a')).kind, 'absent', 'what another cache reads')
    await one.connection.delete(one.connection.shardOf('a'), ['a'])
    await Promise.all([one.caughtUp(), two.caughtUp()])
    same(two.mutations.flat(), [], 'what another cache hears')
  },
  async 'reads many in their order, with those that are there twice'({ open }) {
    const { connection, load } = await open()
    const keys = Array.from({ length: 30 }, (_, index) => `key ${index}`)
    for (const key of keys.slice(0, 10)) check(await load(key, { body: bytes(key) }), 'it is filled')
    const asked = ['none', ...keys.slice(0, 12).reverse(), 'key 3']
    const reads = await connection.readMany(asked)
    const texts = reads.map((read) => (read.kind === 'found' ? textOf(read) : read.kind))
    const expected = asked.map((key) => (keys.slice(0, 10).includes(key) ? key : 'absent'))
    same(texts, expected, 'what is read')
  },
  async 'asks for leases of many'({ open }) {
    const [one, two] = [await open(), await open()]
    check(await one.load('there', { body: bytes('x') }), 'it is filled')
    same((await two.connection.read('taken', toLease())).kind, 'leased', 'the lease of another')
    const lease = toLease()
    const reads = await one.connection.readMany(['a', 'there', 'taken', 'b'], lease)
    same(
      reads.map((read) => read.kind),
      ['leased', 'found', 'busy', 'leased'],
      'what is read',
    )
    const since = one.positionFor('b')
    check(await one.connection.fill('b', lease.token, toRecord({ seq: since.seq }), since), 'it is filled')
    same(
      (await two.connection.readMany(['a', 'b'])).map((read) => read.kind),
      ['busy', 'found'],
      'what others read',
    )
  },
  async 'lets a record go after its times'({ open, sleep, until }) {
    const { connection, load } = await open()
    check(await load('short', { ttlMs: 20, graceMs: 30, staleWhileRevalidateMs: 10 }), 'it is filled')
    check(await load('stale', { ttlMs: 20, graceMs: 60_000 }), 'it is filled')
    check(await load('renewed', { ttlMs: 20, staleWhileRevalidateMs: 60_000 }), 'it is filled')
    await sleep(60)
    await until(async () => (await connection.read('short')).kind === 'absent', 'it is gone')
    same((await connection.read('stale')).kind, 'found', 'what is read within its grace')
    same((await connection.read('renewed')).kind, 'found', 'what is read while it may be renewed')
  },
  async 'puts keys into the same shards for everybody'({ open }) {
    const [one, two] = [await open(), await open()]
    const { shards } = one.connection
    same(two.connection.shards, shards, 'the number of shards')
    check(Number.isInteger(shards) && shards >= 1, 'it is a positive integer')
    const met = new Set<number>()
    for (let index = 0; index < 1_000; index++) {
      const shard = one.connection.shardOf(`key ${index}`)
      same(two.connection.shardOf(`key ${index}`), shard, 'the shard')
      check(Number.isInteger(shard) && shard >= 0 && shard < shards, `shard ${shard} is one of ${shards}`)
      met.add(shard)
    }
    same(met.size, shards, 'the number of shards that have keys')
  },
  async 'tells one time to everybody'({ open }) {
    const [one, two] = [await open(), await open()]
    const apartMs = Math.abs(one.connection.now() - two.connection.now())
    check(apartMs < 500, `they are less than 500 ms apart, but it is ${apartMs} ms`)
    check(one.connection.isReady && two.connection.isReady, 'both are ready')
  },
}
