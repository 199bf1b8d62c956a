import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { beforeAll, describe, expect, test } from 'vitest'
import { catalogue, figuresOf, groupsOf, importBench } from './catalogue.ts'
import { figureEntriesOf, takeFigures } from './figures/group.ts'
import { entriesOf } from './group.ts'
import { createLoadClient } from './load/client.ts'
import { listen } from './load/listen.ts'
import type { LoadGroup, LoadSubject } from './load/subject.ts'
import type { MicroGroup } from './micro/subject.ts'
import { assertSame, verifyMicro } from './verify.ts'

/** Of what a group of figures does. */
const SMALL = 0.01
/** A server may have to be installed first. */
const SERVER_LIMIT_MS = 25 * 60_000

const benches = await Promise.all(catalogue().map(async ({ name, file }) => ({ name, bench: await importBench(file) })))

beforeAll(() => {
  setFlagsFromString('--expose-gc')
  globalThis.gc ??= runInNewContext('gc')
})

for (const { name, bench } of benches)
  describe(name, () => {
    for (const group of bench.groups) {
      test(`${group.id}: its names and claims fit together`, () => {
        expect(() => entriesOf<{ readonly name: string }>(group)).not.toThrow()
      })
      if (bench.kind === 'micro')
        test(`${group.id}: all give the same result`, limitsOf(group), async ({ skip }) => {
          await skipWithout(group, skip)
          await verifyMicro(group as MicroGroup)
        })
      else
        for (const subject of [group.floor, ...group.ours, ...group.peers])
          test(`${group.id}: "${subject.name}" answers as expected, and does its work`, () =>
            verifyLoad(group as LoadGroup, subject as LoadSubject))
    }
    for (const group of figuresOf(bench)) {
      test(`${group.id}: its names and claims fit together`, () => {
        expect(() => figureEntriesOf(group)).not.toThrow()
      })
      // Loads at the same time: most of it is waiting, and no figure is looked at.
      for (const { name } of process.env.SOAK === undefined ? group.ours.slice(0, 1) : [...group.ours, ...group.peers])
        test(`${group.id}: "${name}" gives its figures`, {
          ...limitsOf(group),
          concurrent: bench.kind === 'load',
        }, async ({ skip }) => {
          await skipWithout(group, skip)
          await takeFigures(group, name, SMALL)
        })
    }
  })

type Needs = Pick<MicroGroup, 'whyNot'>

function limitsOf({ whyNot }: Needs): { readonly timeout?: number } {
  return whyNot === undefined ? {} : { timeout: SERVER_LIMIT_MS }
}

/** As tests do that need a server: with `CI` or `REQUIRE_SERVICES` set they fail. */
async function skipWithout({ whyNot }: Needs, skip: (why: string) => never): Promise<void> {
  const why = await whyNot?.()
  if (why === undefined) return
  if (process.env.CI || process.env.REQUIRE_SERVICES) throw new Error(`Cannot verify: ${why}`)
  skip(why)
}

async function verifyLoad({ load }: LoadGroup, { create, workPerRequest = 0 }: LoadSubject): Promise<void> {
  const { server, work = () => 0 } = await create()
  const client = createLoadClient(await listen(server), load)
  try {
    expect(await client.ask()).toEqual(load.expected)
    expect(await client.send()).toBe('ok')
    await expect.poll(work).toBe(2 * workPerRequest)
  } finally {
    await client.close()
    server.close()
  }
}

test('every bench has groups, and every group an id of its own', () => {
  for (const { bench } of benches) {
    const ids = groupsOf(bench).map(({ id }) => id)
    expect(ids).not.toEqual([])
    expect(new Set(ids).size).toBe(ids.length)
  }
})

test('verifyMicro() names the subject that does something else', async () => {
  const workload = (result: number) => () => ({ run() {}, check: () => result })
  const group: MicroGroup = {
    id: 'sum',
    title: 'Sum',
    about: '',
    floor: { name: 'floor', create: workload(3) },
    ours: [{ name: 'ours', create: workload(3) }],
    peers: [{ name: 'peer', create: workload(4) }],
    expected: 3,
    claims: [],
  }
  await expect(verifyMicro(group)).rejects.toThrow('Cannot compare "peer" in group "sum" as it gives 4, not 3')
})

test('assertSame() lets numbers differ as far as it is told', () => {
  expect(() => assertSame('x', 104, 100, 0.05)).not.toThrow()
  expect(() => assertSame('x', 106, 100, 0.05)).toThrow('x')
  expect(() => assertSame('x', [1, 2], [1, 3])).toThrow('x')
  expect(() => assertSame('x', [1], [1, 3])).toThrow('x')
  expect(() => assertSame('x', { a: [1] }, { a: [1] })).not.toThrow()
})
