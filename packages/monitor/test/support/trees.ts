import type { Files } from '../../src/lib/sample/files.ts'

/** Files by path, as a machine has them. */
export type Tree = Readonly<Record<string, string>>

/** Reads recorded files, and says how often. */
export interface TreeFiles extends Files {
  /** How often each path was read. */
  readonly reads: Map<string, number>
}

/** Reads a tree, which may be changed meanwhile. */
export function toFiles(tree: Tree): TreeFiles {
  const reads = new Map<string, number>()
  return {
    reads,
    read(path) {
      reads.set(path, (reads.get(path) ?? 0) + 1)
      return tree[path]
    },
  }
}

const PSI = (avg10: string, total: number): string =>
  `some avg10=${avg10} avg60=2.07 avg300=6.88 total=${total}\nfull avg10=0.50 avg60=0.00 avg300=0.00 total=1000000\n`

/** No control group has limits: a plain machine with systemd. */
export const HOST_V2: Tree = {
  '/proc/self/cgroup': '0::/user.slice/user-1000.slice/session-3.scope\n',
  '/proc/self/mountinfo': `22 27 0:21 / /proc rw,relatime - proc proc rw
35 24 0:30 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:9 - cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot
`,
  '/proc/self/status': 'Name:\tnode\nCpus_allowed:\tff\nCpus_allowed_list:\t0-7\nMems_allowed_list:\t0\n',
  '/sys/fs/cgroup/cpu.stat': 'usage_usec 13000000\nuser_usec 1\nsystem_usec 1\n',
  '/sys/fs/cgroup/user.slice/memory.max': 'max\n',
  '/sys/fs/cgroup/user.slice/memory.high': 'max\n',
  '/sys/fs/cgroup/user.slice/user-1000.slice/memory.max': 'max\n',
  '/sys/fs/cgroup/user.slice/user-1000.slice/session-3.scope/memory.max': 'max\n',
  '/proc/pressure/cpu': PSI('1.50', 19_168_418_731),
  '/proc/pressure/memory': PSI('0.00', 5),
  '/proc/pressure/io': PSI('0.10', 7),
}

/** `docker run --memory 512m --cpus 1.5` with a namespace of its own: it sees its group at the root. */
export const DOCKER_V2: Tree = {
  '/proc/self/cgroup': '0::/\n',
  '/proc/self/mountinfo': `1160 1159 0:27 / /sys/fs/cgroup ro,nosuid,nodev,noexec,relatime - cgroup2 cgroup rw,nsdelegate,memory_recursiveprot
`,
  '/proc/self/status': 'Name:\tnode\nCpus_allowed_list:\t0-3\n',
  '/sys/fs/cgroup/memory.max': '536870912\n',
  '/sys/fs/cgroup/memory.high': 'max\n',
  '/sys/fs/cgroup/memory.current': '300000000\n',
  '/sys/fs/cgroup/memory.stat':
    'anon 100000000\nfile 180000000\ninactive_anon 4\nactive_anon 1\ninactive_file 100000000\nactive_file 80000000\n',
  '/sys/fs/cgroup/cpu.max': '150000 100000\n',
  '/sys/fs/cgroup/cpu.stat':
    'usage_usec 5000000\nuser_usec 4000000\nsystem_usec 1000000\nnr_periods 100\nnr_throttled 10\nthrottled_usec 2500000\nnr_bursts 0\nburst_usec 0\n',
  '/sys/fs/cgroup/cpu.pressure': PSI('12.00', 3_000_000),
  '/sys/fs/cgroup/memory.pressure': PSI('0.00', 0),
  '/sys/fs/cgroup/io.pressure': PSI('0.00', 0),
  '/proc/pressure/cpu': PSI('50.00', 1),
}

/** A container of a Kubernetes pod, seen by a process that shares the node's namespace: limits of the container and of the pod. */
export const KUBERNETES_V2_NODE: Tree = {
  '/proc/self/cgroup':
    '0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1f.slice/cri-containerd-9c.scope\n',
  '/proc/self/mountinfo': `31 23 0:26 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:4 - cgroup2 cgroup2 rw,nsdelegate
`,
  '/proc/self/status': 'Cpus_allowed_list:\t0-1,4-7\n',
  ...at('/sys/fs/cgroup/kubepods.slice', {
    'memory.max': '16000000000\n',
    'memory.current': '9000000000\n',
    'cpu.max': 'max 100000\n',
  }),
  ...at('/sys/fs/cgroup/kubepods.slice/kubepods-burstable.slice', { 'memory.max': 'max\n', 'cpu.max': 'max 100000\n' }),
  ...at('/sys/fs/cgroup/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1f.slice', {
    'memory.max': '400000000\n',
    'memory.high': 'max\n',
    'memory.current': '390000000\n',
    'memory.stat': 'inactive_file 30000000\n',
    'cpu.max': '100000 100000\n',
    'cpu.stat': 'usage_usec 8000000\nnr_periods 9\nnr_throttled 2\nthrottled_usec 300000\n',
  }),
  ...at(
    '/sys/fs/cgroup/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1f.slice/cri-containerd-9c.scope',
    {
      'memory.max': '300000000\n',
      'memory.high': '250000000\n',
      'memory.current': '150000000\n',
      'memory.stat': 'inactive_file 0\n',
      'cpu.max': '200000 100000\n',
      'cpu.stat': 'usage_usec 2000000\nnr_periods 9\nnr_throttled 1\nthrottled_usec 100000\n',
    },
  ),
}

const ID = '0123abcd'

/** `docker run --memory 256m --cpus 0.5`, version 1, which has the machine's paths in `/proc` but only its own group mounted. */
export const DOCKER_V1: Tree = {
  '/proc/self/cgroup': `11:memory:/docker/${ID}\n10:cpuset:/docker/${ID}\n4:cpu,cpuacct:/docker/${ID}\n1:name=systemd:/docker/${ID}\n`,
  '/proc/self/mountinfo': `737 736 0:29 /docker/${ID} /sys/fs/cgroup/cpu,cpuacct ro,nosuid,nodev,noexec,relatime master:11 - cgroup cgroup rw,cpu,cpuacct
738 736 0:33 /docker/${ID} /sys/fs/cgroup/memory ro,nosuid,nodev,noexec,relatime master:15 - cgroup cgroup rw,memory
739 736 0:25 /docker/${ID} /sys/fs/cgroup/systemd ro,nosuid,nodev,noexec,relatime master:9 - cgroup cgroup rw,xattr,name=systemd
`,
  '/proc/self/status': 'Cpus_allowed_list:\t0-3\n',
  '/sys/fs/cgroup/memory/memory.limit_in_bytes': '268435456\n',
  '/sys/fs/cgroup/memory/memory.usage_in_bytes': '200000000\n',
  '/sys/fs/cgroup/memory/memory.stat':
    'cache 5\ninactive_file 1\nhierarchical_memory_limit 268435456\ntotal_cache 60000000\ntotal_inactive_file 50000000\n',
  '/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us': '50000\n',
  '/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us': '100000\n',
  '/sys/fs/cgroup/cpu,cpuacct/cpu.stat': 'nr_periods 7\nnr_throttled 3\nthrottled_time 900000000\n',
  '/sys/fs/cgroup/cpu,cpuacct/cpuacct.usage': '4000000000\n',
}

/** A Kubernetes container in version 1: its own limit is none, but that of its pod, which it cannot see, is told. */
export const KUBERNETES_V1: Tree = {
  '/proc/self/cgroup': `5:memory:/kubepods/burstable/pod7/${ID}\n3:cpu,cpuacct:/kubepods/burstable/pod7/${ID}\n0::/system.slice/containerd.service\n`,
  '/proc/self/mountinfo': `900 890 0:33 /kubepods/burstable/pod7/${ID} /sys/fs/cgroup/memory ro,relatime master:15 - cgroup cgroup rw,memory
901 890 0:29 /kubepods/burstable/pod7/${ID} /sys/fs/cgroup/cpu,cpuacct ro,relatime master:11 - cgroup cgroup rw,cpu,cpuacct
`,
  '/sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712\n',
  '/sys/fs/cgroup/memory/memory.usage_in_bytes': '90000000\n',
  '/sys/fs/cgroup/memory/memory.stat': 'hierarchical_memory_limit 134217728\ntotal_inactive_file 10000000\n',
  '/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us': '-1\n',
  '/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us': '100000\n',
}

/** Version 1 with each controller alone, and version 2 without controllers beside it; recorded on a machine without limits. */
export const HYBRID: Tree = {
  '/proc/self/cgroup':
    '9:name=systemd:/\n8:pids:/\n7:blkio:/\n6:freezer:/\n5:devices:/\n4:memory:/jobs/7c1e\n3:cpuset:/\n2:cpuacct:/batch\n1:cpu:/batch\n0::/batch\n',
  '/proc/self/mountinfo': `31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu
33 31 0:30 / /sys/fs/cgroup/cpuacct rw,relatime - cgroup cgroup rw,cpuacct
35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,name=systemd
41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
`,
  '/proc/self/status': 'Cpus_allowed_list:\t0-1\n',
  ...at('/sys/fs/cgroup/memory', {
    'memory.limit_in_bytes': '9223372036854771712\n',
    'memory.usage_in_bytes': '1572417536\n',
  }),
  ...at('/sys/fs/cgroup/memory/jobs', { 'memory.limit_in_bytes': '9223372036854771712\n' }),
  ...at('/sys/fs/cgroup/memory/jobs/7c1e', {
    'memory.limit_in_bytes': '9223372036854771712\n',
    'memory.stat': 'hierarchical_memory_limit 9223372036854771712\n',
  }),
  ...at('/sys/fs/cgroup/cpu', { 'cpu.cfs_quota_us': '-1\n', 'cpu.cfs_period_us': '100000\n' }),
  ...at('/sys/fs/cgroup/cpu/batch', {
    'cpu.cfs_quota_us': '25000\n',
    'cpu.cfs_period_us': '50000\n',
    'cpu.stat': 'nr_periods 0\nnr_throttled 0\nthrottled_time 0\nnr_bursts 0\nburst_time 0\n',
  }),
  ...at('/sys/fs/cgroup/cpuacct/batch', { 'cpuacct.usage': '1000000000\n' }),
  ...at('/sys/fs/cgroup/unified/batch', { 'cpu.pressure': PSI('3.00', 1_000_000) }),
  '/proc/pressure/cpu': PSI('1.50', 19_168_418_731),
  '/proc/pressure/io': PSI('0.25', 276_189_038),
}

/** Linux without control groups, such as a sandbox that hides them. */
export const NO_CGROUP: Tree = { '/proc/self/status': 'Cpus_allowed_list:\t0\n' }

/** macOS, Windows: no such files. */
export const NO_LINUX: Tree = {}

function at(folder: string, files: Tree): Tree {
  return Object.fromEntries(Object.entries(files).map(([name, text]) => [`${folder}/${name}`, text]))
}
