import { expect, test } from 'vitest'
import { createFakeHost, type FakeHost } from '../../../test/support/host.ts'
import {
  DOCKER_V1,
  DOCKER_V2,
  HOST_V2,
  HYBRID,
  KUBERNETES_V1,
  KUBERNETES_V2_NODE,
  NO_LINUX,
  type Tree,
} from '../../../test/support/trees.ts'
import { findGroups } from './cgroup.ts'
import { MemoryReader, type MemoryReading } from './memory.ts'

function create(tree: Tree): { host: FakeHost; reader: MemoryReader; refresh: () => void } {
  const host = createFakeHost(tree)
  const reader = new MemoryReader(host)
  const refresh = (): void => reader.refresh(findGroups(host.files)?.memory)
  refresh()
  return { host, reader, refresh }
}

/** Limits in short, the nearest one first. */
function inShort({ limits }: MemoryReading): readonly string[] {
  return limits.map(({ source, usedBytes, limitBytes }) => `${source} ${usedBytes}/${limitBytes}`)
}

const HEAP = 'heap 20000000/100000000'
const MACHINE = 'machine 100000000/1000000000'

test.for([
  ['without Linux', NO_LINUX, [HEAP, MACHINE]],
  ['without limits', HOST_V2, [HEAP, MACHINE]],
  ['without limits in version 1', HYBRID, [HEAP, MACHINE]],
  ['in a container of version 2', DOCKER_V2, ['cgroup 200000000/536870912', HEAP, MACHINE]],
  ['in a container of version 1', DOCKER_V1, ['cgroup 150000000/268435456', HEAP, MACHINE]],
  ['below a limit that is out of sight', KUBERNETES_V1, ['cgroup 80000000/134217728', HEAP, MACHINE]],
  [
    'in nested groups',
    KUBERNETES_V2_NODE,
    [
      'cgroup 360000000/400000000', // the pod's
      'cgroup-high 150000000/250000000',
      'cgroup 9000000000/16000000000',
      'cgroup 150000000/300000000',
      HEAP,
      MACHINE,
    ],
  ],
] as const)('read() knows the limits %s', ([_, tree, wanted]) => {
  expect(inShort(create(tree).reader.read())).toEqual(wanted)
})

test('read() tells the share of the nearest limit, and where that is written', () => {
  const { reader } = create(DOCKER_V2)
  const { usedRatio, limits } = reader.read()
  expect(usedRatio).toBeCloseTo(200 / 536.870912, 10)
  expect(limits[0]).toMatchObject({ path: '/sys/fs/cgroup/memory.max', usedRatio })
})

test('read() takes the heap where that is nearest', () => {
  const { reader, host } = create(DOCKER_V2)
  host.state.heap = { ...host.state.heap, usedBytes: 95e6 }
  expect(reader.read()).toMatchObject({ usedRatio: 0.95, heapUsedBytes: 95e6, limits: [{ source: 'heap' }, {}, {}] })
})

test('read() follows what is used, and a new limit once it is looked for', () => {
  const { reader, host, refresh } = create(DOCKER_V2)
  host.state.tree['/sys/fs/cgroup/memory.current'] = '500000000\n'
  host.state.tree['/sys/fs/cgroup/memory.max'] = '1000000000\n'
  expect(inShort(reader.read())[0]).toBe('cgroup 400000000/536870912')
  refresh()
  expect(inShort(reader.read())[0]).toBe('cgroup 400000000/1000000000')
})

test('read() counts what is used whole where the kernel does not tell what can be given back', () => {
  const { reader, host } = create(DOCKER_V2)
  delete host.state.tree['/sys/fs/cgroup/memory.stat']
  expect(inShort(reader.read())[0]).toBe('cgroup 300000000/536870912')
})

test('read() is never below nothing', () => {
  const { reader, host } = create(DOCKER_V2)
  host.state.tree['/sys/fs/cgroup/memory.current'] = '5\n'
  expect(inShort(reader.read()).at(-1)).toBe('cgroup 0/536870912')
})

test('read() leaves out a group whose use is not told', () => {
  const { reader, host } = create(DOCKER_V2)
  delete host.state.tree['/sys/fs/cgroup/memory.current']
  expect(inShort(reader.read())).toEqual([HEAP, MACHINE])
})

test.for(['0\n', 'max\n', '', 'nonsense\n', '-1\n'])('refresh() sees no limit in %j', (text) => {
  const { reader, host, refresh } = create(DOCKER_V2)
  host.state.tree['/sys/fs/cgroup/memory.max'] = text
  refresh()
  expect(inShort(reader.read())).toEqual([HEAP, MACHINE])
})

test('read() reads a group once, whatever the number of its limits', () => {
  const { reader, host } = create({ ...DOCKER_V2, '/sys/fs/cgroup/memory.high': '400000000\n' })
  const { reads } = host.files as unknown as { reads: Map<string, number> }
  const before = reads.get('/sys/fs/cgroup/memory.current') ?? 0
  expect(inShort(reader.read()).slice(0, 2)).toEqual(['cgroup-high 200000000/400000000', 'cgroup 200000000/536870912'])
  expect(reads.get('/sys/fs/cgroup/memory.current')).toBe(before + 1)
})
