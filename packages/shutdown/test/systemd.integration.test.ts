import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type NotifySocket, startNotifySocket, useService } from '@breakwater/testing/services'
import { bundleSubject } from '@breakwater/testing/shutdown'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'

/** After this systemd would kill it. */
const WATCHDOG_MS = 800
const READY = 'READY=1'
const ALIVE = 'WATCHDOG=1'
/** The deadline and what its watch adds, in microseconds. */
const STOPPING = 'STOPPING=1 EXTEND_TIMEOUT_USEC=5060000'

let scripts: Readonly<Record<'service' | 'cluster', string>>
beforeAll(async () => {
  const [service, cluster] = await Promise.all(
    ['service', 'cluster'].map((name) => bundleSubject(join(import.meta.dirname, `subjects/${name}.ts`))),
  )
  scripts = { service: service ?? '', cluster: cluster ?? '' }
})

interface Unit {
  readonly child: ChildProcess
  readonly stderr: string
  /** Resolves to its exit code. */
  stop(): Promise<number | null>
}

/** Starts a service as systemd does, with what that puts into the environment. */
async function startUnit(env: Readonly<Record<string, string>>, name: keyof typeof scripts = 'service'): Promise<Unit> {
  const child = fork(scripts[name], {
    execArgv: [],
    env: { PATH: process.env.PATH ?? '', HOOK_MS: '100', ...env },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  let stderr = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const ended = once(child, 'close')
  await once(child, 'message')
  return {
    child,
    get stderr() {
      return stderr
    },
    async stop() {
      child.kill('SIGTERM')
      return (await ended)[0]
    },
  }
}

/** What was told after this call. */
function hear(socket: NotifySocket): { readonly texts: readonly string[]; readonly atMs: readonly number[] } {
  const from = socket.notes.length
  return {
    get texts() {
      return socket.notes.slice(from).map(({ text }) => text)
    },
    get atMs() {
      return socket.notes.slice(from).map(({ atMs }) => atMs)
    },
  }
}

function pausesOf(atMs: readonly number[]): readonly number[] {
  return atMs.slice(1).map((ms, index) => ms - (atMs[index] ?? 0))
}

describe.each([
  ['a path', false],
  ['a name', true],
])('systemd that listens at %s', (_, isAbstract) => {
  const socket = useService('systemd-notify', () => startNotifySocket({ isAbstract }))

  test('hears that the service is up when it says so, and that it stops when it is told to', async () => {
    const heard = hear(socket)
    const unit = await startUnit({ NOTIFY_SOCKET: socket.url })
    await sleep(100)
    expect(heard.texts).toEqual([])
    unit.child.send('ready')
    await expect.poll(() => heard.texts).toEqual([READY])
    const stopping = unit.stop()
    await expect.poll(() => heard.texts).toEqual([READY, STOPPING])
    expect([unit.child.exitCode, await stopping, unit.stderr]).toEqual([null, 0, ''])
    expect(heard.texts).toEqual([READY, STOPPING])
  })
})

describe('the watchdog', () => {
  const socket = useService('systemd-notify', () => startNotifySocket())
  const watched = (): Record<string, string> => ({
    NOTIFY_SOCKET: socket.url,
    WATCHDOG_USEC: String(WATCHDOG_MS * 1_000),
  })

  test('gets a sign of life every half of its time, to the very end', async () => {
    const heard = hear(socket)
    const unit = await startUnit({ ...watched(), HOOK_MS: String(1.5 * WATCHDOG_MS) })
    unit.child.send('ready')
    await expect.poll(() => heard.texts.length, { timeout: 10_000 }).toBe(4)
    expect(heard.texts).toEqual([READY, ALIVE, ALIVE, ALIVE])
    for (const ms of pausesOf(heard.atMs)) {
      expect(ms).toBeGreaterThan(WATCHDOG_MS / 4)
      expect(ms).toBeLessThan(WATCHDOG_MS)
    }
    expect(await unit.stop()).toBe(0)
    // A hook takes longer than the watchdog's time.
    expect(heard.texts.slice(4)).toContain(STOPPING)
    expect(Math.max(...pausesOf(heard.atMs))).toBeLessThan(WATCHDOG_MS)
  })

  test('gets none while something blocks the event loop', async () => {
    const heard = hear(socket)
    const unit = await startUnit(watched())
    unit.child.send('ready')
    await expect.poll(() => heard.texts).toContain(ALIVE)
    const blockMs = 2 * WATCHDOG_MS
    unit.child.send({ blockMs })
    await once(unit.child, 'message')
    const before = heard.texts.length
    await expect.poll(() => heard.texts.length).toBeGreaterThan(before)
    expect(Math.max(...pausesOf(heard.atMs))).toBeGreaterThan(blockMs - WATCHDOG_MS / 2)
    expect(await unit.stop()).toBe(0)
  })

  test('gets none where it is for another process', async () => {
    const heard = hear(socket)
    const unit = await startUnit({ ...watched(), WATCHDOG_PID: '1' })
    unit.child.send('ready')
    await sleep(WATCHDOG_MS)
    await unit.stop()
    expect(heard.texts).toEqual([READY, STOPPING])
  })

  test('hears of the primary of a cluster alone', async () => {
    const heard = hear(socket)
    const unit = await startUnit({ ...watched(), WORKERS: '2', BUSY_MS: '0' }, 'cluster')
    await expect.poll(() => heard.texts, { timeout: 10_000 }).toContain(ALIVE)
    expect(await unit.stop()).toBe(0)
    expect(heard.texts.filter((text) => text !== ALIVE)).toEqual([READY, STOPPING])
    expect(Math.min(...pausesOf(heard.atMs.filter((_, index) => heard.texts[index] === ALIVE)))).toBeGreaterThan(
      WATCHDOG_MS / 4,
    )
  })

  test('does not hold up a process without systemd-notify, which warns once', async () => {
    const heard = hear(socket)
    const empty = mkdtempSync(join(tmpdir(), 'breakwater-empty-'))
    onTestFinished(() => rmSync(empty, { recursive: true }))
    const unit = await startUnit({ ...watched(), PATH: empty })
    unit.child.send('ready')
    await sleep(WATCHDOG_MS)
    expect(await unit.stop()).toBe(0)
    expect(heard.texts).toEqual([])
    expect(unit.stderr.match(/BreakwaterWarning: .*/g)).toEqual([
      'BreakwaterWarning: systemd:failed in "process": spawn systemd-notify ENOENT',
    ])
  })
})
