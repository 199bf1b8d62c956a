import type { TierConnection } from '../shared/tier.ts'
import { check, same } from './case.ts'
import { bytes, foundIn, type TierTrial, textOf, toLease, toRecord, unique } from './tier-setting.ts'

/** Sets, deletes, invalidations and clears. */
export const changeTrials: Readonly<Record<string, TierTrial>> = {
  async 'stores what is set, as of this change'({ open }) {
    const [one, two] = [await open(), await open()]
    const since = one.positionFor('a')
    const record = toRecord({ seq: 999_999, tags: ['t'], format: 3, body: bytes('set') })
    const { kind, position } = await one.connection.set('a', record, since, unique(), false)
    same(kind, 'stored', 'what set() says')
    check(position.seq > since.seq, 'its position is after the one before')
    const { body, ...found } = foundIn(await two.connection.read('a'))
    const { body: _, ...expected } = record
    const entries = (object: object) => Object.entries(object).sort()
    same(entries(found), entries({ ...expected, seq: position.seq }), 'the record')
    same(Buffer.from(body).toString(), 'set', 'the body')
  },
  async 'sets once what is sent twice'({ open }) {
    const [one, two] = [await open(), await open()]
    const since = one.positionFor('a')
    const id = unique()
    const first = await one.connection.set('a', toRecord({ body: bytes('x') }), since, id, false)
    for (const isLast of [false, true])
      same(await one.connection.set('a', toRecord({ body: bytes('x') }), since, id, isLast), first, 'the answer')
    same(textOf(await two.connection.read('a')), 'x', 'the value')
    await two.caughtUp()
    same(two.mutations.flat().length, 1, 'the number of changes told')
  },
  async 'deletes once what is sent twice as a set that can only delete'({ open }) {
    const { connection, positionFor, caughtUp, mutations } = await open()
    const since = positionFor('a')
    await connection.clear(connection.shardOf('a'))
    const id = unique()
    const first = await connection.set('a', toRecord(), since, id, true)
    same(first.kind, 'deleted', 'what set() says')
    same(await connection.set('a', toRecord(), since, id, true), first, 'what it says again')
    await caughtUp()
    same(
      mutations[connection.shardOf('a')]?.map(({ kind }) => kind),
      ['clear', 'delete'],
      'the changes told',
    )
  },
  async 'does not set over a newer value'({ open }) {
    const [one, two] = [await open(), await open()]
    const since = one.positionFor('a')
    const other = one.positionFor('b')
    const newer = await two.connection.set('a', toRecord({ body: bytes('newer') }), since, unique(), false)
    same((await one.connection.set('b', toRecord(), other, unique(), false)).kind, 'stored', 'of another key')
    const { kind, position } = await one.connection.set('a', toRecord(), since, unique(), false)
    same(kind, 'conflict', 'what set() says')
    check(position.seq >= newer.position.seq, 'the position tells of the newer one')
    same(textOf(await one.connection.read('a')), 'newer', 'the value')
    same(
      (await one.connection.set('a', toRecord({ body: bytes('x') }), position, unique(), false)).kind,
      'stored',
      'after that',
    )
  },
  async 'does not set over a newer delete'({ open }) {
    const [one, two] = [await open(), await open()]
    const since = one.positionFor('a')
    await two.connection.delete(two.connection.shardOf('a'), ['a'])
    same((await one.connection.set('a', toRecord(), since, unique(), false)).kind, 'conflict', 'what set() says')
    same((await one.connection.read('a')).kind, 'absent', 'what is read')
  },
  async 'deletes at the last attempt to set over a newer change'({ open }) {
    const [one, two] = [await open(), await open()]
    const since = one.positionFor('a')
    await two.connection.set('a', toRecord({ body: bytes('newer') }), since, unique(), false)
    same((await one.connection.set('a', toRecord(), since, unique(), true)).kind, 'deleted', 'what set() says')
    same((await two.connection.read('a')).kind, 'absent', 'what is read')
    await two.caughtUp()
    same(
      two.mutations[two.connection.shardOf('a')]?.map(({ kind }) => kind),
      ['set', 'delete'],
      'the changes told',
    )
  },
  async 'does not set what was invalidated meanwhile'({ open }) {
    const { connection, positionFor, load } = await open()
    const shard = connection.shardOf('a')
    const sibling = siblingOf('a', connection)
    const since = positionFor('a')
    check(await load('a', { body: bytes('old') }), 'it is filled')
    await connection.invalidate(shard, ['t', 'u'])
    const refused = await connection.set('a', toRecord({ tags: ['v', 'u'] }), since, unique(), false)
    same(refused.kind, 'conflict', 'what set() says of the same tags')
    same(textOf(await connection.read('a')), 'old', 'what is read')
    const last = await connection.set('a', toRecord({ tags: ['v', 'u'] }), since, unique(), true)
    same(last.kind, 'deleted', 'what the last attempt says')
    same((await connection.read('a')).kind, 'absent', 'what is read then')
    const other = await connection.set(sibling, toRecord({ tags: ['v'] }), since, unique(), false)
    same(other.kind, 'stored', 'what set() says of other tags')
    const later = await connection.set('a', toRecord({ tags: ['u'] }), last.position, unique(), false)
    same(later.kind, 'stored', 'what set() says afterwards')
  },
  async 'tells of keys and tags that became void in one step, to everybody'({ open }) {
    const [one, two] = [await open(), await open()]
    const { connection } = one
    const shard = connection.shardOf('a')
    const keys = ['a', siblingOf('a', connection)]
    for (const key of keys) check(await one.load(key, {}), 'it is filled')
    const position = await connection.invalidate(shard, ['t'], keys)
    for (const read of await connection.readMany(keys)) same(read.kind, 'absent', 'what is read')
    for (const member of [one, two]) {
      await member.caughtUp()
      const told = member.mutations[shard] ?? []
      const kinds = told.map(({ kind }) => kind)
      same(kinds, ['delete', 'invalidate'], 'the changes told')
      same(told[0]?.kind === 'delete' && [...told[0].keys], keys, 'the keys told')
      same(member.positionFor('a'), position, 'the position')
    }
    await connection.delete(shard, ['a'])
    check(await one.load('a', {}), 'it is filled again')
    const lease = { token: unique(), forMs: 5_000 }
    same((await connection.read(keys[1] as string, lease)).kind, 'leased', 'what who asks for the lease is told')
    await connection.invalidate(shard, ['t'], [keys[1] as string])
    same(await connection.renew(keys[1] as string, lease), false, 'whether it is held after that')
  },
  async 'does not set after a clear'({ open }) {
    const { connection, positionFor } = await open()
    const since = positionFor('a')
    await connection.clear(connection.shardOf('a'))
    for (const [isLast, kind] of [
      [false, 'conflict'],
      [true, 'deleted'],
    ] as const) {
      same((await connection.set('a', toRecord(), since, unique(), isLast)).kind, kind, 'what set() says')
      same((await connection.read('a')).kind, 'absent', 'what is read')
    }
  },
  async 'says of a conflict when it came at the latest'({ open, sleep }) {
    const [one, two] = [await open(), await open()]
    const since = one.positionFor('a')
    const startedAtMs = one.clock.now()
    await two.connection.delete(two.connection.shardOf('a'), ['a'])
    const endedAtMs = one.clock.now()
    await sleep(1_500)
    const written = await one.connection.set('a', toRecord(), since, unique(), false)
    check(written.kind === 'conflict', `set() says that there is one, but says ${written.kind}`)
    const { notAfterMs } = written
    check(notAfterMs >= startedAtMs, 'it does not say that it came before')
    const isClose = notAfterMs <= endedAtMs + 1_400 || notAfterMs === Number.POSITIVE_INFINITY
    check(isClose, `it says so within 1,400 ms, or that nobody knows, but it is ${notAfterMs - endedAtMs} ms late`)
  },
  async 'only deletes instead of setting after a position that never was'({ open }) {
    const [one, two] = [await open(), await open()]
    check(await one.load('a', { body: bytes('old') }), 'it is filled')
    const { kind } = await one.connection.set('a', toRecord(), { seq: 1, id: '1-12345' }, unique(), false)
    same(kind, 'deleted', 'what set() says')
    same((await one.connection.read('a')).kind, 'absent', 'what is read')
    await two.caughtUp()
    same(
      two.mutations[two.connection.shardOf('a')]?.map((mutation) => mutation.kind),
      ['delete'],
      'the changes told',
    )
  },
  async 'never stores what is older than many changes'({ open }) {
    const { connection, positionFor } = await open()
    const shard = connection.shardOf('a')
    const since = positionFor('a')
    for (let index = 0; index < 150; index++) await connection.invalidate(shard, [`tag ${index}`])
    await connection.delete(shard, ['a'])
    const { kind } = await connection.set('a', toRecord({ body: bytes('old') }), since, unique(), false)
    check(kind !== 'stored', 'set() does not store')
    same((await connection.read('a')).kind, 'absent', 'what is read')
  },
  async 'deletes several keys at once'({ open }) {
    const [one, two] = [await open(), await open()]
    const { connection } = one
    const shard = connection.shardOf('a')
    const keys = Array.from({ length: 200 }, (_, index) => `key ${index} "\n`).filter(
      (key) => connection.shardOf(key) === shard,
    )
    for (const key of keys.slice(0, 10)) check(await one.load(key, {}), 'it is filled')
    const position = await connection.delete(shard, keys)
    for (const read of await two.connection.readMany(keys)) same(read.kind, 'absent', 'what is read')
    await two.caughtUp()
    same(two.mutations[shard], [{ kind: 'delete', keys, position }], 'what is told')
  },
  async 'tells of deletes of what is not there'({ open }) {
    const [one, two] = [await open(), await open()]
    const shard = one.connection.shardOf('a')
    const [first, second] = [await one.connection.delete(shard, ['a']), await one.connection.delete(shard, ['a'])]
    check(second.seq > first.seq && second.id !== first.id, 'each is a change of its own')
    await two.caughtUp()
    same(two.mutations[shard]?.length, 2, 'the number of changes told')
  },
  async 'leaves it to readers what an invalidation makes void'({ open }) {
    const [one, two] = [await open(), await open()]
    check(await one.load('a', { tags: ['t'] }), 'it is filled')
    const position = await two.connection.invalidate(two.connection.shardOf('a'), ['t'])
    const read = await one.connection.read('a')
    check(read.kind !== 'found' || read.record.seq < position.seq, 'what is read shows that it is older')
    const lease = toLease()
    same(await one.connection.lease('a', lease), 'leased', 'what lease() says')
    await one.caughtUp()
    check(await one.connection.fill('a', lease.token, toRecord({ seq: position.seq }), position), 'it is filled anew')
    same(foundIn(await two.connection.read('a')).seq, position.seq, 'its position')
  },
}

/** Another key of the same shard. */
function siblingOf(key: string, { shardOf }: TierConnection): string {
  for (let index = 0; ; index++) if (shardOf(`${key} ${index}`) === shardOf(key)) return `${key} ${index}`
}
