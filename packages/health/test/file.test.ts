import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createManualClock } from '@breakwater/core/testing'
import { expect, onTestFinished, test } from 'vitest'
import { createHealth, type HealthEvent } from '../src/index.ts'
import { runCli } from '../src/lib/cli/run-cli.ts'

function createFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'health-file-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

function read(file: string): { status: string; timestamp: string; checks: Record<string, { cause?: string }> } {
  return JSON.parse(readFileSync(file, 'utf8'))
}

test('writeTo() writes at once, on each change, and every so often, and leaves nothing else behind', async () => {
  const folder = createFolder()
  const file = join(folder, 'health.json')
  const clock = createManualClock()
  const health = createHealth({ clock, cacheMs: 0, failureThreshold: 1 })
  let isWell = true
  health.add('database', () => isWell)
  const stop = health.writeTo(file, { everyMs: 5_000 })
  await expect.poll(() => readdirSync(folder)).toEqual(['health.json'])
  await expect.poll(() => read(file).status).toBe('healthy')

  isWell = false
  await health.check()
  await expect
    .poll(() => read(file))
    .toMatchObject({
      status: 'unhealthy',
      checks: { database: { cause: 'It returned false' } },
    })

  await clock.advanceAsync(5_000)
  await expect.poll(() => read(file).timestamp).toBe('2026-01-01T00:00:05.000Z')
  await stop()
  await clock.advanceAsync(60_000)
  expect(clock.pending).toBe(0)
  expect(read(file).timestamp).toBe('2026-01-01T00:00:05.000Z')
  expect(readdirSync(folder)).toEqual(['health.json'])
})

test('writeTo() writes what the command reads, and close() ends it', async () => {
  const file = join(createFolder(), 'health.json')
  await using health = createHealth()
  health.add('database', () => 'degraded')
  health.writeTo(file)
  await expect.poll(() => runCli(['--file', file], {})).toEqual({ code: 0 })
})

test('writeTo() tells when it cannot write, and tries again', async () => {
  const folder = createFolder()
  const path = join(folder, 'missing/health.json')
  const clock = createManualClock()
  const health = createHealth({ clock })
  const events: HealthEvent[] = []
  health.subscribe((event) => events.push(event))
  health.writeTo(path, { everyMs: 1_000 })
  await expect.poll(() => events.length).toBe(1)
  expect(events[0]).toMatchObject({ type: 'file:failed', path, error: { code: 'ENOENT' } })
  await clock.advanceAsync(1_000)
  await expect.poll(() => events.length).toBe(2)
  await health.close()
})

test('writeTo() names what is wrong', () => {
  const health = createHealth()
  expect(() => health.writeTo('')).toThrow('`path`')
  expect(() => health.writeTo('a', { everyMs: 0 })).toThrow('`everyMs`')
})

test('writeTo() writes what changed while it wrote', async () => {
  const folder = createFolder()
  const file = join(folder, 'health.json')
  const health = createHealth({ clock: createManualClock(), cacheMs: 0, failureThreshold: 1 })
  let change = 0
  health.add('database', () => ({ status: change % 2 === 0 ? 'healthy' : 'unhealthy', cause: `change ${change}` }))
  health.writeTo(file)
  for (change = 1; change < 21; change++) await health.check()
  await health.check()
  await expect.poll(() => readdirSync(folder)).toEqual(['health.json'])
  await expect.poll(() => read(file).checks.database?.cause).toBe('change 21')
  await health.close()
})
