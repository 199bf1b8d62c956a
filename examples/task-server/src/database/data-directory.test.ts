import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { takeDataDirectory } from './data-directory.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'task-server-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('takeDataDirectory() makes a folder that nobody else may look into', () => {
  const directory = join(folder, 'a', 'b')
  takeDataDirectory(directory)()
  expect(statSync(directory).mode & 0o777).toBe(process.platform === 'win32' ? 0o666 : 0o700)
})

test('takeDataDirectory() refuses a folder that is taken, until it is given up', () => {
  const giveUp = takeDataDirectory(folder)
  expect(() => takeDataDirectory(folder)).toThrow(
    `Cannot use the data directory ${folder} as another process uses it: see DATA_DIR`,
  )
  giveUp()
  takeDataDirectory(folder)()
})

test('takeDataDirectory() leaves nothing but an empty file', () => {
  takeDataDirectory(folder)()
  expect(readdirSync(folder)).toEqual(['lock'])
  expect(statSync(join(folder, 'lock')).size).toBe(0)
})

test('takeDataDirectory() refuses a file, and what would be in one', () => {
  const file = join(folder, 'file')
  writeFileSync(file, '')
  expect(() => takeDataDirectory(file)).toThrow('as a file is in its place')
  expect(() => takeDataDirectory(join(file, 'data'))).toThrow('as a file is in its place')
})

test('takeDataDirectory() refuses a folder whose lock it cannot open', () => {
  mkdirSync(join(folder, 'lock'))
  expect(() => takeDataDirectory(folder)).toThrow(`Cannot use the data directory ${folder} as `)
})
