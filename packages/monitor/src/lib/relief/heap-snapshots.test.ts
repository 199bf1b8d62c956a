import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createManualClock, type ManualClock } from '@breakwater/core/testing'
import { afterEach, expect, test } from 'vitest'
import { HeapSnapshotError } from '../errors.ts'
import type { MonitorEvent } from '../events.ts'
import type { MemoryReading } from '../sample/memory.ts'
import { HeapSnapshots, type SnapshotDisk, systemDisk } from './heap-snapshots.ts'
import { resolveHeapSnapshotOptions } from './options.ts'

const cleanups: (() => void)[] = []
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup()
})

interface Subject {
  readonly clock: ManualClock
  readonly snapshots: HeapSnapshots
  readonly events: MonitorEvent[]
  /** Names of files. */
  readonly files: Set<string>
  readonly disk: SnapshotDisk
}

function create(over: Partial<SnapshotDisk> = {}, keep = 2): Subject {
  const clock = createManualClock()
  const events: MonitorEvent[] = []
  const files = new Set<string>()
  const disk: SnapshotDisk = {
    make: async () => {},
    freeBytes: async () => 1e9,
    list: async () => [...files].map((path) => path.slice('/heaps/'.length)),
    write: (path) => {
      files.add(path)
      clock.advance(1_500)
    },
    finish: async (from, to) => {
      files.delete(from)
      files.add(to)
      return 42
    },
    remove: async (path) => void files.delete(path),
    ...over,
  }
  const options = resolveHeapSnapshotOptions({ directory: '/heaps', everyMs: 60_000, keep })
  const snapshots = new HeapSnapshots(options, clock, (event) => events.push(event), disk)
  return { clock, snapshots, events, files, disk }
}

/** A heap of 90 MB that is nearly full, in a machine with room. */
function memory(machineLeftBytes = 500e6): MemoryReading {
  const heap = { source: 'heap', path: undefined, limitBytes: 100e6, usedBytes: 90e6, usedRatio: 0.9 } as const
  const machine = { ...heap, source: 'machine', limitBytes: 1e9, usedBytes: 1e9 - machineLeftBytes } as const
  return {
    rssBytes: 1,
    heapUsedBytes: 90e6,
    heapTotalBytes: 1,
    externalBytes: 1,
    usedRatio: 0.9,
    limits: [heap, machine],
  }
}

const NAME = `/heaps/breakwater-20260101000000-${process.pid}.heapsnapshot`

test('offer() writes a snapshot, and tells where', async () => {
  const { snapshots, events, files } = create()
  await snapshots.offer(memory())
  expect(events).toEqual([{ type: 'heap-snapshot:written', path: NAME, bytes: 42, ms: 1_500 }])
  expect([...files]).toEqual([NAME])
})

test('offer() writes one per interval, also if one failed', async () => {
  const { clock, snapshots, events } = create({
    write: () => {
      throw new Error('disk full')
    },
  })
  await snapshots.offer(memory())
  clock.advance(59_999)
  await snapshots.offer(memory())
  expect(events).toHaveLength(1)
  clock.advance(1)
  await snapshots.offer(memory())
  expect(events).toHaveLength(2)
})

test('offer() does not begin one while another one is under way', async () => {
  let goOn: (() => void) | undefined
  const { clock, snapshots, events } = create({ make: () => new Promise<void>((resolve) => (goOn = resolve)) })
  const first = snapshots.offer(memory())
  clock.advance(600_000)
  await snapshots.offer(memory())
  goOn?.()
  await first
  expect(events).toHaveLength(1)
})

test('offer() keeps the newest, and what is not its own', async () => {
  const { clock, snapshots, files } = create()
  files.add('/heaps/Heap.1.heapsnapshot')
  for (let turn = 0; turn < 4; turn++) {
    await snapshots.offer(memory())
    clock.advance(60_000)
  }
  expect([...files].map((path) => path.replace(String(process.pid), 'pid'))).toEqual([
    '/heaps/Heap.1.heapsnapshot',
    '/heaps/breakwater-20260101000203-pid.heapsnapshot',
    '/heaps/breakwater-20260101000304-pid.heapsnapshot',
  ])
})

test('offer() leaves no part of one behind that failed', async () => {
  const { snapshots, events, files } = create({
    finish: async () => {
      throw new Error('read-only')
    },
  })
  await snapshots.offer(memory())
  expect(events).toEqual([{ type: 'heap-snapshot:failed', error: new Error('read-only') }])
  expect(files.size).toBe(0)
})

test('offer() writes none where memory would run out', async () => {
  const { snapshots, events } = create()
  await snapshots.offer(memory(89e6))
  const why = '89 MB of memory are left (machine), and it takes as much as the heap’s 90 MB'.replace('’', "'")
  expect(events).toEqual([{ type: 'heap-snapshot:failed', error: new HeapSnapshotError(why) }])
})

test('offer() writes none where the disk would run out', async () => {
  const { snapshots, events, files } = create({ freeBytes: async () => 179e6 })
  await snapshots.offer(memory())
  const why = '"/heaps" has 179 MB left, and it may take twice the heap\'s 90 MB'
  expect(events).toEqual([{ type: 'heap-snapshot:failed', error: new HeapSnapshotError(why) }])
  expect(files.size).toBe(0)
})

test('offer() writes one that can be read, for nobody else', async () => {
  const directory = join(mkdtempSync(join(tmpdir(), 'monitor-heap-')), 'made')
  cleanups.push(() => rmSync(join(directory, '..'), { recursive: true }))
  const clock = createManualClock()
  const events: MonitorEvent[] = []
  const options = resolveHeapSnapshotOptions({ directory })
  await new HeapSnapshots(options, clock, (event) => events.push(event), systemDisk).offer(memory(10e9))
  const [name = ''] = readdirSync(directory)
  expect(events).toMatchObject([{ type: 'heap-snapshot:written', path: join(directory, name) }])
  expect(readFileSync(join(directory, name), 'utf8')).toMatch(/^\{"snapshot"/)
  if (process.platform !== 'win32') expect(statSync(join(directory, name)).mode & 0o077).toBe(0)
})
