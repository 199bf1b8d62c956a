import { EventEmitter } from 'node:events'
import { dirname } from 'node:path'
import type { ManualClock } from '@breakwater/core/testing'
import type { GuardedProcess } from '../../../src/lib/destination/exit-guard.ts'
import type { FileStats, FileSystem } from '../../../src/lib/destination/file-system.ts'
import type { DestinationHost } from '../../../src/lib/destination/host.ts'

interface Inode {
  readonly ino: number
  readonly birthtimeMs: number
  mtimeMs: number
  data: Buffer
}

/** An error as Node's file system throws them. */
export function errno(code: string): Error {
  return Object.assign(new Error(code), { code })
}

/** Files in memory, stdout and stderr, that fail when told to. */
export class SimulatedDisk implements FileSystem {
  readonly names = new Map<string, Inode>()
  readonly #open = new Map<number, Inode>()
  #clock: ManualClock
  #lastIno = 2
  #lastFd = 9
  /** Names of calls, in order, with their paths. */
  readonly calls: string[] = []
  /** Says how many bytes a write takes, or throws. */
  onWrite: (fd: number, bytes: number) => number = (_, bytes) => bytes
  /** Throws if a call is to fail. */
  onCall: (name: string, path: string) => void = () => {}

  constructor(clock: ManualClock) {
    this.#clock = clock
    this.restart(clock)
  }

  /** Another process: it has a stdout and a stderr of its own, and opens files anew. */
  restart(clock: ManualClock): void {
    this.#clock = clock
    this.#open.clear()
    for (const fd of [1, 2]) this.#open.set(fd, this.#create(fd))
  }

  /** How many files are open, besides stdout and stderr. */
  get openFiles(): number {
    return this.#open.size - 2
  }

  /** Which file a descriptor is of, by its name now. */
  pathOf(fd: number): string | undefined {
    return [...this.names].find(([, inode]) => inode === this.#open.get(fd))?.[0]
  }

  textOf(pathOrFd: string | number): string | undefined {
    const inode = typeof pathOrFd === 'number' ? this.#open.get(pathOrFd) : this.names.get(pathOrFd)
    return inode?.data.toString()
  }

  put(path: string, text: string): void {
    const inode = this.#create(++this.#lastIno)
    inode.data = Buffer.from(text)
    this.names.set(path, inode)
  }

  /** Somebody else writes. */
  append(path: string, text: string): void {
    const inode = this.names.get(path)
    if (inode !== undefined) inode.data = Buffer.concat([inode.data, Buffer.from(text)])
  }

  truncate(path: string): void {
    const inode = this.names.get(path)
    if (inode !== undefined) inode.data = Buffer.alloc(0)
  }

  openSync(path: string, flags: string): number {
    this.#called('open', path)
    const found = this.names.get(path)
    if (found !== undefined && flags === 'wx') throw errno('EEXIST')
    if (found === undefined && flags === 'r') throw errno('ENOENT')
    const inode = found ?? this.#create(++this.#lastIno)
    this.names.set(path, inode)
    this.#open.set(++this.#lastFd, inode)
    return this.#lastFd
  }

  closeSync(fd: number): void {
    if (!this.#open.delete(fd)) throw errno('EBADF')
  }

  writeSync(fd: number, bytes: Uint8Array, offset: number, length: number): number {
    const inode = this.#inode(fd)
    const taken = this.onWrite(fd, length)
    inode.data = Buffer.concat([inode.data, bytes.subarray(offset, offset + taken)])
    inode.mtimeMs = this.#clock.epoch()
    return taken
  }

  writeTextSync(fd: number, text: string): number {
    const bytes = Buffer.from(text)
    return this.writeSync(fd, bytes, 0, bytes.length)
  }

  readSync(fd: number, bytes: Uint8Array, offset: number, length: number, position: number): number {
    const read = this.#inode(fd).data.subarray(position, position + length)
    bytes.set(read, offset)
    return read.length
  }

  fstatSync(fd: number): FileStats {
    return toStats(this.#inode(fd))
  }

  statSync(path: string): FileStats | undefined {
    this.#called('stat', path)
    const inode = this.names.get(path)
    return inode === undefined ? undefined : toStats(inode)
  }

  lstatSync(path: string): FileStats | undefined {
    const inode = this.names.get(path)
    return inode === undefined ? undefined : toStats(inode)
  }

  renameSync(from: string, to: string): void {
    this.#called('rename', from)
    this.move(from, to)
  }

  /** The same, by somebody else. */
  move(from: string, to: string): void {
    const inode = this.names.get(from)
    if (inode === undefined) throw errno('ENOENT')
    this.names.delete(from)
    this.names.set(to, inode)
  }

  unlinkSync(path: string): void {
    this.#called('unlink', path)
    if (!this.names.delete(path)) throw errno('ENOENT')
  }

  mkdirSync(path: string): void {
    this.#called('mkdir', path)
  }

  /** Names in a folder. */
  list(folder: string): string[] {
    return [...this.names.keys()].filter((path) => dirname(path) === folder).sort()
  }

  #called(name: string, path: string): void {
    this.calls.push(`${name} ${path}`)
    this.onCall(name, path)
  }

  #inode(fd: number): Inode {
    const inode = this.#open.get(fd)
    if (inode === undefined) throw errno('EBADF')
    return inode
  }

  #create(ino: number): Inode {
    const nowMs = this.#clock.epoch()
    return { ino, birthtimeMs: nowMs, mtimeMs: nowMs, data: Buffer.alloc(0) }
  }
}

function toStats({ ino, birthtimeMs, mtimeMs, data }: Inode): FileStats {
  return {
    dev: 1,
    ino,
    birthtimeMs,
    mtimeMs,
    size: data.length,
    mode: 0o640,
    isFile: () => ino > 2,
    isSymbolicLink: () => false,
  }
}

/** A process that nobody can end. */
export class SimulatedProcess extends EventEmitter implements GuardedProcess {
  readonly pid = 4_711
  readonly killed: string[] = []

  kill(_pid: number, signal: string): void {
    this.killed.push(signal)
  }

  /** How many listeners there are to anything. */
  get listening(): number {
    return this.eventNames().reduce((total, name) => total + this.listenerCount(name), 0)
  }
}

/** Surroundings in which time stands still, and in which waiting moves it on. */
export interface Surroundings extends DestinationHost {
  readonly fs: SimulatedDisk
  readonly process: SimulatedProcess
}

/** Makes {@link Surroundings}. Nothing is compressed or removed in them. */
export function createSurroundings(clock: ManualClock): Surroundings {
  return {
    fs: new SimulatedDisk(clock),
    process: new SimulatedProcess(),
    isMainThread: true,
    files: { list: async () => [], remove: async () => {}, writtenAt: async () => 0, compress: async () => {} },
    wait: (ms) => clock.advance(ms),
  }
}
