import { expect, test } from 'vitest'
import { createFakeHost, type FakeHost } from '../../../test/support/host.ts'
import {
  DOCKER_V1,
  DOCKER_V2,
  HOST_V2,
  HYBRID,
  KUBERNETES_V1,
  KUBERNETES_V2_NODE,
  NO_CGROUP,
  NO_LINUX,
  type Tree,
} from '../../../test/support/trees.ts'
import { findGroups, NO_GROUPS } from './cgroup.ts'
import { CpuReader, type CpuReading } from './cpu.ts'

interface Process {
  readonly host: FakeHost
  readonly reader: CpuReader
  /** Uses so much CPU time in a second, and reads. */
  use(seconds: number): CpuReading
  refresh(): void
}

function create(tree: Tree): Process {
  const host = createFakeHost(tree)
  const reader = new CpuReader(host)
  let nowSeconds = 100
  const refresh = (): void => reader.refresh(findGroups(host.files) ?? NO_GROUPS)
  refresh()
  reader.read(nowSeconds)
  return {
    host,
    reader,
    refresh,
    use(seconds) {
      host.state.cpuSeconds += seconds
      return reader.read(++nowSeconds)
    },
  }
}

test.for([
  ['the CPUs of the machine without Linux', NO_LINUX, 4, 'cpus'],
  ['the CPUs that are allowed', NO_CGROUP, 1, 'cpus'],
  ['all CPUs without a quota', HOST_V2, 8, 'cpus'],
  ['all CPUs with a quota of -1', KUBERNETES_V1, 4, 'cpus'],
  ['a quota of version 2', DOCKER_V2, 1.5, 'cgroup'],
  ['a quota of version 1', DOCKER_V1, 0.5, 'cgroup'],
  ['a quota with another period', HYBRID, 0.5, 'cgroup'],
  ['the tightest of several quotas', KUBERNETES_V2_NODE, 1, 'cgroup'],
] as const)('read() knows %s', ([_, tree, limitCores, limitSource]) => {
  expect(create(tree).use(0)).toMatchObject({ limitCores, limitSource })
})

test('read() counts the CPUs in a list with gaps', () => {
  expect(create({ '/proc/self/status': 'Cpus_allowed_list:\t0-1,4-7,63\n' }).use(0).limitCores).toBe(7)
})

test('read() asks the machine where the list cannot be read', () => {
  expect(create({ '/proc/self/status': 'Cpus_allowed_list:\t?\n' }).use(0).limitCores).toBe(4)
})

test('read() takes the CPUs for the limit where a quota is over them', () => {
  const tree = { ...DOCKER_V2, '/sys/fs/cgroup/cpu.max': '800000 100000\n' }
  expect(create(tree).use(0)).toMatchObject({ limitCores: 4, limitSource: 'cpus' })
})

test('read() tells CPUs used over the last interval, and their share of the limit', () => {
  const { use } = create(NO_LINUX)
  expect(use(2)).toMatchObject({ usedCores: 2, usedRatio: 0.5 })
  expect(use(0.4).usedRatio).toBeCloseTo(0.1, 10)
  expect(create(DOCKER_V2).use(1.2).usedRatio).toBeCloseTo(0.8, 10)
})

test('read() knows no share in the first interval', () => {
  const reader = new CpuReader(createFakeHost(NO_LINUX))
  expect(reader.read(100)).toMatchObject({ usedCores: undefined, usedRatio: undefined })
})

test('read() keeps the last share in an interval that is too short to tell', () => {
  const { host, reader, use } = create(NO_LINUX)
  use(2)
  host.state.cpuSeconds += 0.01
  expect(reader.read(101.01).usedRatio).toBe(0.5)
  host.state.cpuSeconds += 0.99
  expect(reader.read(102).usedRatio).toBeCloseTo(0.25, 10) // of the whole second
})

test.for([
  [
    'version 2',
    DOCKER_V2,
    '/sys/fs/cgroup/cpu.stat',
    'usage_usec 6500000\nnr_throttled 10\nthrottled_usec 2500000\n',
    1,
  ],
  ['version 1', DOCKER_V1, '/sys/fs/cgroup/cpu,cpuacct/cpuacct.usage', '4400000000\n', 0.8],
  ['version 1 with two hierarchies', HYBRID, '/sys/fs/cgroup/cpuacct/batch/cpuacct.usage', '1400000000\n', 0.8],
] as const)('read() sees what others use of the same quota in %s', ([_, tree, path, text, wanted]) => {
  const { host, use } = create(tree)
  host.state.tree[path] = text
  expect(use(0.01).usedRatio).toBeCloseTo(wanted, 10)
})

test('read() sees a quota of a group above that is used up', () => {
  const { host, use } = create(KUBERNETES_V2_NODE)
  const pod = '/sys/fs/cgroup/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1f.slice/cpu.stat'
  host.state.tree[pod] = 'usage_usec 8900000\nnr_throttled 2\nthrottled_usec 300000\n'
  expect(use(0.1).usedRatio).toBeCloseTo(0.9, 10)
})

test('read() counts how long it was held back, from when it began to look', () => {
  const { host, use } = create(DOCKER_V2)
  expect(use(0)).toMatchObject({ throttledPeriods: 0, throttledSeconds: 0 })
  host.state.tree['/sys/fs/cgroup/cpu.stat'] = 'usage_usec 5000000\nnr_throttled 14\nthrottled_usec 3000000\n'
  expect(use(0)).toMatchObject({ throttledPeriods: 4, throttledSeconds: 0.5 })
  expect(use(0)).toMatchObject({ throttledPeriods: 4, throttledSeconds: 0.5 })
})

test('read() counts how long it was held back in version 1, which has nanoseconds', () => {
  const { host, use } = create(DOCKER_V1)
  host.state.tree['/sys/fs/cgroup/cpu,cpuacct/cpu.stat'] = 'nr_periods 9\nnr_throttled 5\nthrottled_time 1400000000\n'
  const { throttledPeriods, throttledSeconds } = use(0)
  expect(throttledPeriods).toBe(2)
  expect(throttledSeconds).toBeCloseTo(0.5, 10)
})

test('read() never counts back, as when it was moved to another group', () => {
  const { host, use } = create(DOCKER_V2)
  host.state.tree['/sys/fs/cgroup/cpu.stat'] = 'usage_usec 0\nnr_throttled 0\nthrottled_usec 0\n'
  const { throttledPeriods, throttledSeconds, usedRatio } = use(0.15)
  expect([throttledPeriods, throttledSeconds]).toEqual([0, 0])
  expect(usedRatio).toBeCloseTo(0.1, 10)
})

test('refresh() finds a quota that came later, and forgets one that went', () => {
  const { host, use, refresh } = create(DOCKER_V2)
  host.state.tree['/sys/fs/cgroup/cpu.max'] = 'max 100000\n'
  refresh()
  expect(use(0.4)).toMatchObject({ limitCores: 4, limitSource: 'cpus', usedRatio: 0.1 })
  host.state.tree['/sys/fs/cgroup/cpu.max'] = '50000 100000\n'
  refresh()
  expect(use(0.4)).toMatchObject({ limitCores: 0.5, limitSource: 'cgroup', usedRatio: 0.8 })
})

test('refresh() does not count what a group was held back while its quota was out of sight', () => {
  const { host, use, refresh } = create(DOCKER_V2)
  host.state.tree['/sys/fs/cgroup/cpu.max'] = 'max 100000\n'
  refresh()
  use(0)
  host.state.tree['/sys/fs/cgroup/cpu.max'] = '50000 100000\n'
  host.state.tree['/sys/fs/cgroup/cpu.stat'] = 'usage_usec 9000000\nnr_throttled 90\nthrottled_usec 9000000\n'
  refresh()
  use(0)
  expect(use(0)).toMatchObject({ throttledPeriods: 0, throttledSeconds: 0 })
})
