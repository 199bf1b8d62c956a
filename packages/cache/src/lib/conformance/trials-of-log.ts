import type { Mutation, Position } from '../shared/tier.ts'
import { check, same } from './case.ts'
import { bytes, type Member, type TierTrial, toRecord, unique } from './tier-setting.ts'

/** What everybody is told. */
export const logTrials: Readonly<Record<string, TierTrial>> = {
  async 'begins with a history for each shard'({ open }) {
    const { connection, histories } = await open()
    same(histories.length, connection.shards, 'the number of shards')
    check(
      histories.every((told) => told.length >= 1),
      'there is a history for each',
    )
    for (const [first] of histories) {
      check(first?.isNew === true, 'the first one is new')
      same([first.clearedSeq, first.tags.size, first.floorSeq], [0, 0, 0], 'what it tells of a new cache')
      check(first.position.seq >= 1 && first.position.id !== '', 'it has a position')
    }
  },
  async 'tells every kind of change to everybody, once'({ open }) {
    const [one, two] = [await open(), await open()]
    const { connection } = one
    const shard = connection.shardOf('a')
    const set = await connection.set('a', toRecord(), one.positionFor('a'), unique(), false)
    const tags = ['t', '"', 'ж\n', '0']
    const expected: Mutation[] = [
      { kind: 'set', key: 'a', position: set.position },
      { kind: 'delete', keys: ['a'], position: await connection.delete(shard, ['a']) },
      { kind: 'invalidate', tags, position: await connection.invalidate(shard, tags) },
      { kind: 'clear', position: await connection.clear(shard) },
    ]
    for (const member of [one, two]) {
      await member.caughtUp()
      const told = member.mutations[shard] ?? []
      same(told.map(sorted), expected.map(sorted), 'what is told')
      same(member.positionFor('a'), expected.at(-1)?.position, 'the position')
    }
  },
  async 'tells nothing of what changes nothing'({ open }) {
    const { connection, load, caughtUp, mutations } = await open()
    check(await load('a', {}), 'it is filled')
    await connection.read('a')
    await caughtUp()
    same(mutations.flat(), [], 'what is told')
  },
  async 'tells everybody the same order'({ open }) {
    const members = await Promise.all([open(), open(), open()])
    const work: Promise<unknown>[] = []
    for (let index = 0; index < 300; index++) {
      const { connection } = members[index % 3] as Member
      const key = `key ${index % 7}`
      const shard = connection.shardOf(key)
      if (index % 5 === 0) work.push(connection.invalidate(shard, [`tag ${index}`]))
      else if (index % 97 === 0) work.push(connection.clear(shard))
      else work.push(connection.delete(shard, [key]))
    }
    await Promise.all(work)
    await Promise.all(members.map((member) => member.caughtUp()))
    const [first] = members
    same(first.mutations.flat().length, 300, 'the number of changes told')
    for (const { mutations } of members) {
      same(mutations, first.mutations, 'what is told')
      for (const told of mutations) checkOrder(told.map(({ position }) => position))
    }
  },
  async 'answers with positions in the order of calls'({ open }) {
    const [one, two] = [await open(), await open()]
    const shard = one.connection.shardOf('a')
    const positions: Position[] = []
    for (let index = 0; index < 6; index++) {
      const { connection, positionFor } = index % 2 === 0 ? one : two
      positions.push(await connection.delete(shard, ['a']))
      await Promise.all([one.caughtUp(), two.caughtUp()])
      same(positionFor('a'), positions.at(-1), 'the position told')
    }
    checkOrder(positions)
  },
  async 'tells more at once than fits into one answer'({ open }) {
    const [one, two] = [await open(), await open()]
    const shard = one.connection.shardOf('a')
    for (let round = 0; round < 5; round++)
      await Promise.all(Array.from({ length: 500 }, (_, index) => one.connection.delete(shard, [`${round} ${index}`])))
    await two.caughtUp()
    const told = two.mutations[shard] ?? []
    same(
      new Set(told.flatMap((mutation) => (mutation.kind === 'delete' ? mutation.keys : []))).size,
      2_500,
      'the number of keys',
    )
    same(told.length, 2_500, 'the number of changes')
    checkOrder(told.map(({ position }) => position))
  },
  async 'confirms only what has been told'({ open, until }) {
    const [one, two] = [await open(), await open()]
    const shard = one.connection.shardOf('a')
    for (let round = 1; round <= 6; round++) {
      await one.connection.delete(shard, ['a'])
      const now = two.clock.now()
      await until(() => (two.confirmedAtMs[shard] ?? 0) >= now, 'it is confirmed')
      same(two.mutations[shard]?.length, round, 'the number of changes told by then')
    }
  },
  async 'confirms again and again while nothing happens'({ open, until }) {
    const { confirmedAtMs, clock } = await open()
    for (let round = 0; round < 3; round++) {
      const before = [...confirmedAtMs]
      await until(() => confirmedAtMs.every((atMs, shard) => atMs > (before[shard] ?? 0)), 'it is confirmed')
      check(
        confirmedAtMs.every((atMs) => atMs <= clock.now()),
        'nothing is confirmed for the time to come',
      )
    }
  },
  async 'tells what happened before to who comes later'({ open }) {
    const one = await open()
    const shard = one.connection.shardOf('a')
    check(await one.load('a', { body: bytes('old') }), 'it is filled')
    const first = await one.connection.invalidate(shard, ['t', 'u'])
    const cleared = await one.connection.clear(shard)
    const second = await one.connection.invalidate(shard, ['u', '__proto__'])
    const last = await one.connection.delete(shard, ['b'])
    const history = (await open()).histories[shard]?.[0]
    check(history?.isNew === true, 'it is new for who comes later')
    same([history.position, history.clearedSeq], [last, cleared.seq], 'the position, and the latest clear')
    for (const [tag, seq] of [
      ['t', first.seq],
      ['u', second.seq],
      ['__proto__', second.seq],
    ] as const)
      check((history.tags.get(tag) ?? history.floorSeq) >= seq, `it tells of ${tag}`)
    check(
      (history.tags.get('never') ?? history.floorSeq) < second.seq,
      'it does not tell of tags that were not invalidated',
    )
    check(history.floorSeq <= last.seq, 'nothing is told that did not happen yet')
  },
  async 'tells of every tag, or of all, to who comes later'({ open }) {
    const { connection } = await open()
    const seqs = new Map<string, number>()
    const shard = 0
    for (let batch = 0; batch < 20; batch++) {
      const tags = Array.from({ length: 100 }, (_, index) => `tag ${batch * 60 + index}`)
      const { seq } = await connection.invalidate(shard, tags)
      for (const tag of tags) seqs.set(tag, seq)
    }
    const history = (await open()).histories[shard]?.[0]
    for (const [tag, seq] of seqs) {
      const told = history?.tags.get(tag)
      if (told === undefined) check((history?.floorSeq ?? 0) >= seq, `it tells of ${tag}`)
      else same(told, seq, `what it tells of ${tag}`)
    }
  },
  async 'lets who comes later read and fill'({ open }) {
    const one = await open()
    check(await one.load('a', { body: bytes('x') }), 'it is filled')
    await one.connection.delete(one.connection.shardOf('b'), ['b'])
    const two = await open()
    same((await two.connection.read('a')).kind, 'found', 'what is read')
    check(await two.load('b', {}), 'it is filled')
    same((await one.connection.read('b')).kind, 'found', 'what is read by the first one')
  },
  async 'tells nothing after it is closed'({ open, sleep }) {
    const [one, two] = [await open(), await open()]
    const shard = one.connection.shardOf('a')
    await Promise.all([two.connection.close(), two.connection.close()])
    await two.connection.close()
    const [confirmed] = two.confirmedAtMs
    await one.connection.delete(shard, ['a'])
    await one.caughtUp()
    await sleep(100)
    same([two.mutations[shard], two.confirmedAtMs[0]], [[], confirmed], 'what is told')
    same(one.mutations[shard]?.length, 1, 'what another one is told')
  },
}

/** The same for every order of its fields. */
function sorted(mutation: Mutation): unknown {
  return Object.entries(mutation).sort(([one], [two]) => (one < two ? -1 : 1))
}

function checkOrder(positions: readonly Position[]): void {
  for (const [index, { seq }] of positions.entries())
    check(index === 0 || seq > (positions[index - 1]?.seq ?? 0), `position ${index} is after the one before`)
  check(new Set(positions.map(({ id }) => id)).size === positions.length, 'every change has an id of its own')
}
