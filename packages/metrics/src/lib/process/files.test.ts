import { closeSync, openSync } from 'node:fs'
import { expect, test } from 'vitest'
import { createProcessFiles } from './files.ts'

const files = createProcessFiles()

test.runIf(process.platform === 'linux')('read() reads files of the kernel, which say that they are empty', () => {
  expect(files.read('/proc/self/status')).toMatch(/^VmRSS:\s+\d+ kB$/m)
})

test.runIf(process.platform === 'linux')('count() counts open files', () => {
  const before = files.count('/proc/self/fd') as number
  const opened = Array.from({ length: 20 }, () => openSync('/dev/null', 'r'))
  expect(files.count('/proc/self/fd')).toBe(before + 20)
  for (const file of opened) closeSync(file)
})

test('what is not there is nothing, and no error', () => {
  expect(files.read('/proc/none/status')).toBeUndefined()
  expect(files.count('/proc/none/fd')).toBeUndefined()
})

test('read() passes on other errors', () => {
  expect(() => files.read(process.cwd())).toThrow('EISDIR')
})
