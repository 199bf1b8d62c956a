import { expect, test } from 'vitest'
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
  toFiles,
} from '../../../test/support/trees.ts'
import { findGroups, type Groups, NO_GROUPS } from './cgroup.ts'

const find = (tree: Tree): Groups => findGroups(toFiles(tree)) ?? NO_GROUPS

test('findGroups() walks up to the root of version 2', () => {
  const group = {
    version: 2,
    folders: [
      '/sys/fs/cgroup/user.slice/user-1000.slice/session-3.scope',
      '/sys/fs/cgroup/user.slice/user-1000.slice',
      '/sys/fs/cgroup/user.slice',
      '/sys/fs/cgroup',
    ],
  }
  expect(find(HOST_V2)).toEqual({ memory: group, cpu: group, cpuacct: undefined, unified: group })
})

test('findGroups() sees a container of version 2 at the mount', () => {
  expect(find(DOCKER_V2).memory).toEqual({ version: 2, folders: ['/sys/fs/cgroup'] })
})

test('findGroups() takes the mounted part away from a path of version 1', () => {
  const groups = find(DOCKER_V1)
  expect(groups.memory).toEqual({ version: 1, folders: ['/sys/fs/cgroup/memory'] })
  expect(groups.cpu).toEqual({ version: 1, folders: ['/sys/fs/cgroup/cpu,cpuacct'] })
  expect(groups.cpuacct).toEqual(groups.cpu)
  expect(groups.unified).toBeUndefined()
})

test('findGroups() takes version 1 where a machine has both', () => {
  expect(find(HYBRID)).toEqual({
    memory: {
      version: 1,
      folders: ['/sys/fs/cgroup/memory/jobs/7c1e', '/sys/fs/cgroup/memory/jobs', '/sys/fs/cgroup/memory'],
    },
    cpu: { version: 1, folders: ['/sys/fs/cgroup/cpu/batch', '/sys/fs/cgroup/cpu'] },
    cpuacct: { version: 1, folders: ['/sys/fs/cgroup/cpuacct/batch', '/sys/fs/cgroup/cpuacct'] },
    unified: { version: 2, folders: ['/sys/fs/cgroup/unified/batch', '/sys/fs/cgroup/unified'] },
  })
})

test('findGroups() takes version 2 for what version 1 does not have', () => {
  const tree = {
    '/proc/self/cgroup': '4:cpu,cpuacct:/a\n0::/b\n',
    '/proc/self/mountinfo': `32 31 0:29 / /c1 rw - cgroup cgroup rw,cpu,cpuacct\n41 31 0:38 / /c2 rw - cgroup2 cgroup2 rw\n`,
  }
  expect(find(tree)).toEqual({
    memory: { version: 2, folders: ['/c2/b', '/c2'] },
    cpu: { version: 1, folders: ['/c1/a', '/c1'] },
    cpuacct: { version: 1, folders: ['/c1/a', '/c1'] },
    unified: { version: 2, folders: ['/c2/b', '/c2'] },
  })
})

test.for([
  ['whose path is outside of what is mounted', '0::/elsewhere/x', '/docker/1'],
  ['whose path is above its namespace', '0::/../../sibling', '/'],
] as const)('findGroups() looks at the mount itself for a process %s', ([_, line, root]) => {
  const tree = { '/proc/self/cgroup': line, '/proc/self/mountinfo': `1 1 0:1 ${root} /m rw - cgroup2 none rw\n` }
  expect(find(tree).memory?.folders).toEqual(['/m'])
})

test('findGroups() takes the mount that shows the most', () => {
  const tree = {
    '/proc/self/cgroup': '0::/a/b/c\n',
    '/proc/self/mountinfo': `1 1 0:1 /a/b /part rw - cgroup2 none rw\n2 1 0:1 / /all rw - cgroup2 none rw\n3 1 0:1 /a /more rw - cgroup2 none rw\n`,
  }
  expect(find(tree).memory?.folders).toEqual(['/all/a/b/c', '/all/a/b', '/all/a', '/all'])
})

test('findGroups() reads blanks in paths', () => {
  const tree = {
    '/proc/self/cgroup': '0::/my group/x\n',
    '/proc/self/mountinfo': `1 1 0:1 / /sys/fs/c\\040g rw - cgroup2 none rw\n`,
  }
  expect(find(tree).memory?.folders[0]).toBe('/sys/fs/c g/my group/x')
})

test('findGroups() does not take a controller for another one whose name it is part of', () => {
  const tree = {
    '/proc/self/cgroup': '2:cpuset:/set\n1:cpu:/cpu\n',
    '/proc/self/mountinfo': `1 1 0:1 / /s rw - cgroup cgroup rw,cpuset\n2 1 0:1 / /c rw - cgroup cgroup rw,cpu\n`,
  }
  expect(find(tree).cpu?.folders).toEqual(['/c/cpu', '/c'])
})

test('findGroups() bounds how deep it looks', () => {
  const tree = {
    '/proc/self/cgroup': `0::${'/x'.repeat(500)}\n`,
    '/proc/self/mountinfo': '1 1 0:1 / /m rw - cgroup2 none rw\n',
  }
  expect(find(tree).memory?.folders).toHaveLength(32)
})

test.for([
  ['without control groups', NO_CGROUP],
  ['without Linux', NO_LINUX],
  ['with files of nonsense', { '/proc/self/cgroup': 'no\n\n::\n', '/proc/self/mountinfo': '- cgroup\n\n - - -' }],
] as const)('findGroups() finds nothing %s', ([_, tree]) => {
  expect(find(tree)).toEqual(NO_GROUPS)
})

test('findGroups() sees nothing of a mount that is a part of another hierarchy', () => {
  // Version 2 is not mounted in this container, although the process has a path in it.
  expect(find(KUBERNETES_V1).unified).toBeUndefined()
  expect(find(KUBERNETES_V2_NODE).memory?.folders).toHaveLength(5)
})
