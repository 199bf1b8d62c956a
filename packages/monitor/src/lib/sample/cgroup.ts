import type { Files } from './files.ts'

/** A control group's folder and those above it that can be seen, its own first. */
export interface GroupPath {
  /** Which version of the interface it speaks. */
  readonly version: 1 | 2
  /** Folders, from its own up to the root of what is mounted. */
  readonly folders: readonly string[]
}

/** Where the control groups of this process are. What is `undefined` does not exist here. */
export interface Groups {
  /** Memory. */
  readonly memory: GroupPath | undefined
  /** CPU quotas. */
  readonly cpu: GroupPath | undefined
  /** CPU time used, in version 1; in version 2 it is told with the quotas. */
  readonly cpuacct: GroupPath | undefined
  /** Where version 2 is mounted, with or without controllers: stalls are told there. */
  readonly unified: GroupPath | undefined
}

/** What there is without control groups. */
export const NO_GROUPS: Groups = { memory: undefined, cpu: undefined, cpuacct: undefined, unified: undefined }

/** Deeper than any that anybody makes. */
const MOST_FOLDERS = 32

interface Mount {
  /** The part of the hierarchy that is mounted. */
  readonly root: string
  readonly folder: string
  readonly type: string
  readonly options: readonly string[]
}

/**
 * Finds the control groups of this process: version 1, version 2, or controllers spread over both, inside of a container or not.
 *
 * A controller is in version 1 if that has it, as only one of both can. What is above the mounted part of a hierarchy cannot be seen.
 *
 * @param files Where `/proc` is read.
 * @returns `undefined` if that does not tell.
 * @see Linux, Documentation/admin-guide/cgroup-v2.rst; proc_pid_cgroup(5), proc_pid_mountinfo(5).
 */
export function findGroups(files: Files): Groups | undefined {
  const own = files.read('/proc/self/cgroup')
  const mountinfo = files.read('/proc/self/mountinfo')
  if (own === undefined || mountinfo === undefined) return
  const paths = readPaths(own)
  const mounts = readMounts(mountinfo)

  const unified = toGroup(2, paths.get(''), mounts, ({ type }) => type === 'cgroup2')
  function find(controller: string): GroupPath | undefined {
    const isMine = ({ type, options }: Mount): boolean => type === 'cgroup' && options.includes(controller)
    return toGroup(1, paths.get(controller), mounts, isMine) ?? unified
  }
  const cpuacct = find('cpuacct')
  return {
    memory: find('memory'),
    cpu: find('cpu'),
    cpuacct: cpuacct?.version === 1 ? cpuacct : undefined,
    unified,
  }
}

/** Lines such as `4:cpu,cpuacct:/docker/1234`; that of version 2 is `0::/`. */
function readPaths(text: string): ReadonlyMap<string, string> {
  const paths = new Map<string, string>()
  for (const line of text.split('\n')) {
    const [, controllers, path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? []
    if (controllers === undefined || path === undefined) continue
    for (const controller of controllers.split(',')) paths.set(controller, path)
  }
  return paths
}

/** Lines such as `35 31 0:33 /docker/1234 /sys/fs/cgroup/memory ro,relatime shared:1 - cgroup cgroup rw,memory`. */
function readMounts(text: string): readonly Mount[] {
  const mounts: Mount[] = []
  for (const line of text.split('\n')) {
    const [left = '', right = ''] = line.split(' - ', 2)
    const [type = '', , options = ''] = right.split(' ')
    if (type !== 'cgroup' && type !== 'cgroup2') continue
    const [, , , root = '', folder = ''] = left.split(' ')
    mounts.push({ root: unescapePath(root), folder: unescapePath(folder), type, options: options.split(',') })
  }
  return mounts
}

/** Blanks and the like are written down as `\040`. */
function unescapePath(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
}

function toGroup(
  version: 1 | 2,
  path: string | undefined,
  mounts: readonly Mount[],
  isMine: (mount: Mount) => boolean,
): GroupPath | undefined {
  const mine = mounts.filter(isMine)
  if (path === undefined || mine.length === 0) return
  const around = mine.filter(({ root }) => isInside(path, root)).sort((a, b) => a.root.length - b.root.length)
  // The one that shows the most. In a container that was given the machine's paths none fits: it sees its own group at the mount.
  const [{ root, folder } = { root: path, folder: (mine[0] as Mount).folder }] = around
  const below = root === '/' ? path : path.slice(root.length)
  const names = below.split('/').filter((name) => name !== '')
  const folders = names.map((_, index) => `${folder}/${names.slice(0, names.length - index).join('/')}`)
  return { version, folders: [...folders, folder].slice(0, MOST_FOLDERS) }
}

function isInside(path: string, root: string): boolean {
  return !path.startsWith('/..') && (root === '/' || path === root || path.startsWith(`${root}/`))
}
