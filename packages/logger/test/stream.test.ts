import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'

const FIXTURE = join(import.meta.dirname, 'fixtures', 'stream.ts')

test.each([
  ['buffer', 'return', { status: 0 }],
  ['buffer', 'exit', { status: 0 }],
  ['buffer', 'throw', { status: 1 }],
  ['buffer', 'SIGTERM', { signal: 'SIGTERM' }],
  ['thread', 'return', { status: 0 }],
  ['thread', 'exit', { status: 0 }],
  ['thread', 'SIGTERM', { signal: 'SIGTERM' }],
])("no line is lost in a %s of pino's own when the process ends by %s", (kind, end, expected) => {
  const folder = mkdtempSync(join(tmpdir(), 'logger-stream-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'app.log')
  const ended = spawnSync(process.execPath, [FIXTURE, kind, path, end], { encoding: 'utf8', timeout: 30_000 })
  expect(ended).toMatchObject(expected)
  const numbers = readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { number: number }).number)
  expect(numbers).toEqual(Array.from({ length: 10_000 }, (_, number) => number))
})
