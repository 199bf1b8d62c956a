import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { countCrash, forgetCrashes, readCrashes } from './crash-file.ts'

function createFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'crash-file-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return join(folder, 'crashes.json')
}

test('countCrash() counts crashes in a row, and leaves nothing else behind', () => {
  const file = createFile()
  countCrash(file, new TypeError('first\n  at night'), 1_000)
  expect(readCrashes(file)).toEqual({ crashes: 1, lastAt: 1_000, lastError: 'TypeError: first at night' })
  countCrash(file, 'just text', 2_000)
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ crashes: 2, lastAt: 2_000, lastError: 'just text' })
  expect(readdirSync(join(file, '..'))).toEqual(['crashes.json'])
  forgetCrashes(file)
  forgetCrashes(file)
  expect(readCrashes(file)).toBeUndefined()
})

test.for(['', 'no JSON', 'null', '{"crashes":-1}', '{"crashes":"many"}'])(
  'countCrash() begins anew where the file says %j',
  (text) => {
    const file = createFile()
    writeFileSync(file, text)
    countCrash(file, undefined, 1)
    expect(readCrashes(file)).toEqual({ crashes: 1, lastAt: 1, lastError: 'undefined' })
  },
)

test('countCrash() keeps an error short', () => {
  const file = createFile()
  countCrash(file, new Error('x'.repeat(10_000)), 1)
  expect(readCrashes(file)?.lastError).toHaveLength(500)
})
