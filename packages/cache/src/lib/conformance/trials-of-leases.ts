import { check, same } from './case.ts'
import { bytes, foundIn, type TierTrial, textOf, toLease, toRecord, unique } from './tier-setting.ts'

/** Who may load. */
export const leaseTrials: Readonly<Record<string, TierTrial>> = {
  async 'grants a lease to one'({ open }) {
    const members = await Promise.all([open(), open(), open()])
    const reads = await Promise.all(
      Array.from({ length: 12 }, (_, index) => members[index % 3]?.connection.read('a', toLease())),
    )
    same(reads.map((read) => read?.kind).sort(), [...Array<string>(11).fill('busy'), 'leased'], 'what they are told')
    same((await members[0].connection.read('a')).kind, 'busy', 'what a reader that wants none is told')
  },
  async 'grants a lease again to a request that is sent twice'({ open }) {
    const { connection } = await open()
    const lease = toLease()
    for (let time = 0; time < 2; time++) same((await connection.read('a', lease)).kind, 'leased', 'what it is told')
  },
  async 'frees a lease that is given back'({ open }) {
    const [one, two] = [await open(), await open()]
    const lease = toLease()
    await one.connection.read('a', lease)
    await two.connection.release('a', toLease().token)
    same((await two.connection.read('a', toLease())).kind, 'busy', 'what is read after somebody else gave back')
    await one.connection.release('a', lease.token)
    same((await two.connection.read('a', toLease())).kind, 'leased', 'what is read afterwards')
    await one.connection.release('a', lease.token)
    same((await one.connection.read('a', toLease())).kind, 'busy', 'what is read after it is given back twice')
  },
  async 'frees a lease when its time is over'({ open, until }) {
    const [one, two] = [await open(), await open()]
    const since = one.positionFor('a')
    const lease = toLease(30)
    same((await one.connection.read('a', lease)).kind, 'leased', 'what the first one is told')
    const next = toLease()
    await until(async () => (await two.connection.read('a', next)).kind === 'leased', 'it is free')
    check(!(await one.connection.renew('a', lease)), 'it cannot be renewed any more')
    check(!(await one.connection.fill('a', lease.token, toRecord(), since)), 'nothing can be filled with it')
    same((await one.connection.read('a')).kind, 'busy', 'what is read')
    check(await two.connection.fill('a', next.token, toRecord(), since), 'the next one can fill')
  },
  async 'prolongs a lease'({ open, sleep }) {
    const [one, two] = [await open(), await open()]
    const lease = toLease(1_500)
    await one.connection.read('a', lease)
    check(await one.connection.renew('a', { ...lease, forMs: 60_000 }), 'it is renewed')
    check(!(await two.connection.renew('a', toLease())), 'nobody else can renew it')
    check(!(await one.connection.renew('b', lease)), 'what was never granted cannot be renewed')
    await sleep(1_600)
    same((await two.connection.read('a', toLease())).kind, 'busy', 'what is read later')
  },
  async 'tells of a failure for a while'({ open, until }) {
    const [one, two] = [await open(), await open()]
    const lease = toLease()
    await one.connection.read('a', lease)
    const body = Uint8Array.from({ length: 256 }, (_, byte) => byte)
    await one.connection.release('a', lease.token, { body, forMs: 2_000 })
    for (const asked of [undefined, toLease()]) {
      const read = await two.connection.read('a', asked)
      check(read.kind === 'failed', `it is told of, but what is read is ${read.kind}`)
      check(Buffer.compare(read.body, body) === 0, 'every byte is told')
    }
    await until(async () => (await two.connection.read('a', toLease())).kind === 'leased', 'it is free')
  },
  async 'does not take the failure of somebody who lost the lease'({ open }) {
    const [one, two] = [await open(), await open()]
    await one.connection.read('a', toLease())
    await two.connection.release('a', toLease().token, { body: bytes('x'), forMs: 60_000 })
    same((await two.connection.read('a')).kind, 'busy', 'what is read')
    await two.connection.release('b', toLease().token, { body: bytes('x'), forMs: 60_000 })
    same((await two.connection.read('b')).kind, 'absent', 'what is read of another key')
  },
  async 'fills only for who has the lease'({ open }) {
    const [one, two] = [await open(), await open()]
    const since = two.positionFor('a')
    check(!(await two.connection.fill('a', toLease().token, toRecord(), since)), 'not without one')
    same((await two.connection.read('a')).kind, 'absent', 'what is read')
    await one.connection.read('a', toLease())
    check(!(await two.connection.fill('a', toLease().token, toRecord(), since)), "not with another's")
    same((await two.connection.read('a')).kind, 'busy', 'what is read')
  },
  async 'fills once'({ open }) {
    const { connection, positionFor } = await open()
    const lease = toLease()
    const since = positionFor('a')
    await connection.read('a', lease)
    check(await connection.fill('a', lease.token, toRecord({ body: bytes('first') }), since), 'the first time')
    check(!(await connection.fill('a', lease.token, toRecord({ body: bytes('second') }), since)), 'not a second time')
    same(textOf(await connection.read('a', toLease())), 'first', 'the value')
  },
  async 'leases a key under which something is'({ open }) {
    const [one, two] = [await open(), await open()]
    check(await one.load('a', { body: bytes('old') }), 'it is filled')
    const lease = toLease()
    same(await one.connection.lease('a', lease), 'leased', 'what the first one is told')
    same(await one.connection.lease('a', lease), 'leased', 'what it is told again')
    same(await two.connection.lease('a', toLease()), 'busy', 'what the second one is told')
    check(await one.connection.renew('a', lease), 'it can be renewed')
    same(textOf(await two.connection.read('a', toLease())), 'old', 'what is read meanwhile')
    const since = one.positionFor('a')
    check(await one.connection.fill('a', lease.token, toRecord({ body: bytes('new') }), since), 'it is filled')
    same(textOf(await two.connection.read('a')), 'new', 'what is read afterwards')
    same(await two.connection.lease('a', toLease()), 'leased', 'what the second one is told afterwards')
  },
  async 'tells of a failure under which something is'({ open, until }) {
    const [one, two] = [await open(), await open()]
    check(await one.load('a', { body: bytes('old') }), 'it is filled')
    const lease = toLease()
    await one.connection.lease('a', lease)
    await one.connection.release('a', lease.token, { body: bytes('down'), forMs: 2_000 })
    const answer = await two.connection.lease('a', toLease())
    check(typeof answer === 'object' && Buffer.from(answer.body).toString() === 'down', 'it is told of')
    same(textOf(await two.connection.read('a')), 'old', 'what is read')
    await until(async () => (await two.connection.lease('a', toLease())) === 'leased', 'it is free')
  },
  async 'ends leases when the key is deleted'({ open }) {
    const [one, two] = [await open(), await open()]
    check(await one.load('b', { body: bytes('old') }), 'it is filled')
    const [lease, other] = [toLease(), toLease()]
    const since = one.positionFor('a')
    await one.connection.read('a', lease)
    await one.connection.lease('b', other)
    for (const key of ['a', 'b']) await two.connection.delete(two.connection.shardOf(key), [key])
    check(!(await one.connection.renew('a', lease)), 'it cannot be renewed')
    check(!(await one.connection.fill('a', lease.token, toRecord(), since)), 'nothing can be filled')
    check(!(await one.connection.fill('b', other.token, toRecord(), since)), 'nothing can be filled beside a value')
    same(
      (await two.connection.readMany(['a', 'b'])).map((read) => read.kind),
      ['absent', 'absent'],
      'what is read',
    )
  },
  async 'ends a lease when the key is set'({ open }) {
    const [one, two] = [await open(), await open()]
    const lease = toLease()
    const since = one.positionFor('a')
    await one.connection.read('a', lease)
    const written = await two.connection.set(
      'a',
      toRecord({ body: bytes('set') }),
      two.positionFor('a'),
      unique(),
      false,
    )
    same(written.kind, 'stored', 'what set() says')
    check(
      !(await one.connection.fill('a', lease.token, toRecord({ body: bytes('loaded') }), since)),
      'nothing is filled',
    )
    const { body, seq } = foundIn(await one.connection.read('a'))
    same([Buffer.from(body).toString(), seq], ['set', written.position.seq], 'what is read')
  },
  async 'ends a lease beside a value when the key is set'({ open }) {
    const [one, two] = [await open(), await open()]
    check(await one.load('a', { body: bytes('old') }), 'it is filled')
    const lease = toLease()
    const since = one.positionFor('a')
    same(await one.connection.lease('a', lease), 'leased', 'what lease() says')
    const written = await two.connection.set('a', toRecord({ body: bytes('set') }), since, unique(), false)
    same(written.kind, 'stored', 'what set() says')
    check(
      !(await one.connection.fill('a', lease.token, toRecord({ body: bytes('loaded') }), since)),
      'nothing is filled',
    )
    same(textOf(await one.connection.read('a')), 'set', 'what is read')
  },
  async 'does not fill from a history that never was'({ open }) {
    const { connection, positionFor } = await open()
    const lease = toLease()
    await connection.read('a', lease)
    const { seq, id } = positionFor('a')
    const [, random] = id.split('-')
    const other = { seq, id: `${seq}-${random === '1' ? 2 : 1}` }
    check(!(await connection.fill('a', lease.token, toRecord(), other)), 'nothing is filled')
    check((await connection.read('a')).kind !== 'found', 'nothing is there')
  },
}
