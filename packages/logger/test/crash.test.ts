import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parseLine } from './support/collect.ts'

const FIXTURE = join(import.meta.dirname, 'fixtures', 'crash.ts')

function crash(...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [FIXTURE, ...args], {
    encoding: 'utf8',
    timeout: 20_000,
  })
  return {
    status,
    lines: stdout
      .split(/(?<=\n)/)
      .filter(Boolean)
      .map(parseLine),
    stderr,
  }
}

test.each([
  ['throw', 'uncaughtException'],
  ['reject', 'unhandledRejection'],
])('a process that ends by a %s says so in a fatal line, and ends as it would have', (how, origin) => {
  const { status, lines, stderr } = crash(how)
  expect(status).toBe(1)
  expect(lines).toHaveLength(1)
  expect(lines[0]).toMatchObject({
    level: 'fatal',
    event: 'crash',
    origin,
    err: { type: 'Error', code: 'E_BROKEN', message: 'broken, password=[redacted]', stack: expect.any(String) },
  })
  expect(stderr).toContain('Error: broken')
})

test('crashes: false leaves it to others', () => {
  expect(crash('throw', 'unseen')).toMatchObject({ status: 1, lines: [] })
})
