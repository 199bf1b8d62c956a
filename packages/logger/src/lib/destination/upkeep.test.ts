import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { createManualClock, type ManualClock } from '@breakwater/core/testing'
import { expect, onTestFinished, test } from 'vitest'
import { createSurroundings } from '../../../test/loss/support/simulated-disk.ts'
import { openDestination } from './destination.ts'
import type { DestinationEvent } from './events.ts'
import { nodeFileSystem } from './file-system.ts'
import type { RotationOptions } from './options.ts'
import { toRotatedPath } from './rotated-name.ts'
import { nodeUpkeepFiles, type UpkeepFiles } from './upkeep-files.ts'

const START = Date.UTC(2026, 0)
const DAY_MS = 86_400_000

interface Setup {
  readonly folder: string
  readonly path: string
  readonly clock: ManualClock
  readonly events: DestinationEvent[]
  write(line: string): void
  names(): string[]
  close(): Promise<void>
}

function createFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'logger-upkeep-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

function open(rotate: RotationOptions, folder = createFolder(), files: Partial<UpkeepFiles> = {}): Setup {
  const path = join(folder, 'app.log')
  const clock = createManualClock()
  const host = { ...createSurroundings(clock), fs: nodeFileSystem, files: { ...nodeUpkeepFiles, ...files } }
  const destination = openDestination({ clock, path, rotate }, host)
  onTestFinished(() => destination.close())
  const events: DestinationEvent[] = []
  destination.subscribe((event) => events.push(event))
  return {
    folder,
    path,
    clock,
    events,
    write: (line) => destination.write(line),
    names: () => readdirSync(folder).sort(),
    close: () => destination.close(),
  }
}

/** Files are real, and so is the time that they take on a busy machine. */
function eventually<value>(find: () => value): ReturnType<typeof expect.poll<Awaited<value>>> {
  return expect.poll(find as () => Awaited<value>, { timeout: 15_000 })
}

/** A rotated file of so long ago. Returns its name. */
function put(folder: string, agoMs: number, text = 'old\n', suffix = ''): string {
  const path = toRotatedPath(join(folder, 'app.log'), START - agoMs, 0) + suffix
  writeFileSync(path, text)
  return path.slice(folder.length + 1)
}

test('rotated files are compressed 5 s later, with all that is in them', async () => {
  const { folder, write, clock, names } = open({ maxBytes: 4 })
  write('one\n')
  write('two\n')
  const rotated = 'app-2026-01-01T00-00-00.000Z.log'
  await clock.advanceAsync(4_900)
  expect(names()).toEqual([rotated, 'app.log'])
  await eventually(async () => {
    await clock.advanceAsync(100)
    return names()
  }).toEqual([`${rotated}.gz`, 'app.log'])
  expect(gunzipSync(readFileSync(join(folder, `${rotated}.gz`))).toString()).toBe('one\n')
})

test('rotated files stay as they are without compress', async () => {
  const { write, clock, names, close } = open({ maxBytes: 4, compress: false })
  write('one\n')
  write('two\n')
  await clock.advanceAsync(60_000)
  await close()
  expect(names()).toEqual(['app-2026-01-01T00-00-00.000Z.log', 'app.log'])
})

test('no more than keepFiles are kept, the newest, and nothing else is touched', async () => {
  const folder = createFolder()
  const kept = [put(folder, 1_000), put(folder, 2_000, 'x', '.gz'), put(folder, 3_000)]
  put(folder, 4_000)
  put(folder, 5_000, 'x', '.gz')
  const others = ['app-2020-01-01.log', 'app-x-2020-01-01T00-00-00.000Z.log', 'app.log.1', 'other.log']
  for (const name of others) writeFileSync(join(folder, name), '')
  const { names, close } = open({ keepFiles: 3, compress: false }, folder)
  await close()
  expect(names()).toEqual([...kept, ...others, 'app.log'].sort())
})

test('keepFiles holds after each rotation, too', async () => {
  const { write, clock, names } = open({ maxBytes: 4, keepFiles: 2, compress: false })
  for (let line = 1; line <= 6; line++) {
    write('one\n')
    clock.advance(1)
  }
  await eventually(names).toEqual(['app-2026-01-01T00-00-00.004Z.log', 'app-2026-01-01T00-00-00.005Z.log', 'app.log'])
})

test('keepFiles may be 0', async () => {
  const { write, names } = open({ maxBytes: 4, keepFiles: 0 })
  write('one\n')
  write('two\n')
  await eventually(names).toEqual(['app.log'])
})

test('what is older than keepForMs is removed at the start, and when its time comes', async () => {
  const folder = createFolder()
  put(folder, 30 * DAY_MS)
  const young = put(folder, 29 * DAY_MS)
  const { clock, names } = open({ compress: false }, folder)
  await eventually(names).toEqual([young, 'app.log'])
  await eventually(async () => {
    await clock.advanceAsync(DAY_MS)
    return names()
  }).toEqual(['app.log'])
})

test('what a crash left uncompressed is compressed at the start', async () => {
  const folder = createFolder()
  const name = put(folder, 10_000)
  const { names } = open({}, folder)
  await eventually(names).toEqual([`${name}.gz`, 'app.log'])
})

test('what a crash left beside its compressed form is removed', async () => {
  const folder = createFolder()
  const name = put(folder, 10_000)
  put(folder, 10_000, 'compressed', '.gz')
  const { names } = open({}, folder)
  await eventually(names).toEqual([`${name}.gz`, 'app.log'])
  expect(readFileSync(join(folder, `${name}.gz`), 'utf8')).toBe('compressed')
})

test('what a crash left half compressed is compressed anew, once nobody can be at it any more', async () => {
  const folder = createFolder()
  const name = put(folder, 60_000)
  const draft = put(folder, 60_000, 'half', '.gz.tmp')
  utimesSync(join(folder, draft), START / 1_000 - 20, START / 1_000 - 20)
  const { names, clock } = open({}, folder)
  await clock.advanceAsync(9_000)
  expect(names()).toEqual([name, draft, 'app.log'])
  await eventually(async () => {
    await clock.advanceAsync(1_000)
    return names()
  }).toEqual([`${name}.gz`, 'app.log'])
  expect(gunzipSync(readFileSync(join(folder, `${name}.gz`))).toString()).toBe('old\n')
})

test('a draft of nothing is removed, and does not count as a file that is kept', async () => {
  const folder = createFolder()
  const kept = [put(folder, 3_000), put(folder, 2_000)]
  const draft = put(folder, 1_000, 'half', '.gz.tmp')
  utimesSync(join(folder, draft), START / 1_000 - 40, START / 1_000 - 40)
  const { names } = open({ keepFiles: 2, compress: false }, folder)
  await eventually(names).toEqual([...kept, 'app.log'])
})

test.skipIf(process.platform !== 'linux')('a file that grew while it was compressed stays as it is', async () => {
  const path = join(createFolder(), 'app.log')
  // More can be read of it than it says that there is.
  symlinkSync('/proc/self/status', path)
  await expect(nodeUpkeepFiles.compress(path, new AbortController().signal)).rejects.toThrow('somebody still writes')
  expect(readdirSync(dirname(path))).toEqual(['app.log'])
})

test.each([
  ['5 s after it was rotated', '', 5_000],
  ['30 s after somebody was last at it', '.gz.tmp', 10_000],
])('a file is compressed no sooner than %s', async (_, suffix, leastMs) => {
  const folder = createFolder()
  put(folder, suffix === '' ? 0 : 60_000)
  if (suffix !== '') {
    const draft = join(folder, put(folder, 60_000, 'half', suffix))
    utimesSync(draft, START / 1_000 - 20, START / 1_000 - 20)
  }
  const begun: number[] = []
  const { clock } = open({}, folder, {
    compress: async () => {
      begun.push(clock.epoch() - START)
    },
  })
  await eventually(async () => {
    await clock.advanceAsync(1_000)
    return begun.length
  }).toBe(1)
  expect(begun[0]).toBeGreaterThanOrEqual(leastMs)
})

test('what cannot be compressed is told, and stays', async () => {
  const folder = createFolder()
  const name = put(folder, 10_000)
  const { names, events } = open({}, folder, { compress: () => Promise.reject(new Error('no')) })
  await eventually(() => events).toMatchObject([
    { type: 'compression:failed', path: join(folder, name), error: { message: 'no' } },
  ])
  expect(names()).toEqual([name, 'app.log'])
})

test('what cannot be removed is told, and the rest is done', async () => {
  const folder = createFolder()
  const stays = put(folder, 40 * DAY_MS)
  rmSync(join(folder, stays))
  mkdirSync(join(folder, stays))
  put(folder, 50 * DAY_MS)
  const { names, events } = open({}, folder)
  await eventually(() => events).toMatchObject([{ type: 'retention:failed', path: join(folder, stays) }])
  await eventually(names).toEqual([stays, 'app.log'])
})

test('a folder that cannot be read is told', async () => {
  const { events, folder } = open({}, undefined, { list: () => Promise.reject(new Error('no')) })
  await eventually(() => events).toMatchObject([{ type: 'retention:failed', path: folder }])
})

test('close() waits for what is being compressed, up to 5 s', async () => {
  const folder = createFolder()
  const name = put(folder, 10_000)
  let isAborted = false
  let isBegun = false
  const { close, clock, names, events } = open({}, folder, {
    compress: (_, signal) => {
      isBegun = true
      return new Promise((_resolve, reject) =>
        signal.addEventListener('abort', () => {
          isAborted = true
          reject(signal.reason)
        }),
      )
    },
  })
  await eventually(() => isBegun).toBe(true)
  const closed = close()
  await clock.advanceAsync(4_999)
  expect(isAborted).toBe(false)
  await clock.advanceAsync(1)
  await closed
  expect([isAborted, names(), events, clock.pending]).toEqual([true, [name, 'app.log'], [], 0])
})
