import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { findNode } from './lib/nodes.ts'
import { run } from './lib/run.ts'

const ROOT = join(import.meta.dirname, '..')

test('check says which gates there are', async () => {
  const { ok, output } = await run(process.execPath, ['scripts/check.ts', 'achitecture'], { cwd: ROOT })
  expect(ok).toBe(false)
  expect(output).toContain('There is no gate "achitecture", only architecture, ')
})

test('check runs one gate by name, and says how long it took', async () => {
  const { output } = await run(process.execPath, ['scripts/check.ts', 'repository'], { cwd: ROOT })
  expect(output).toMatch(/^(ok {2}|FAIL) repository +\d+\.\d s {2}\d+ files$/m)
  expect(output).toMatch(/^CHECK: \d gates passed, \d failed, in \d+\.\d s$/m)
})

test.skipIf(process.platform === 'win32')('findNode() says why a Node cannot be had', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'breakwater-npx-'))
  writeFileSync(join(folder, 'npx'), '#!/bin/sh\necho npm warn something\necho npm error no such version\nexit 1\n')
  chmodSync(join(folder, 'npx'), 0o755)
  vi.stubEnv('PATH', folder)
  try {
    expect(await findNode('0.0.1')).toEqual({
      missing: expect.stringMatching(/^npx cannot get node-\S+@0\.0\.1: npm error no such version$/),
    })
  } finally {
    vi.unstubAllEnvs()
    rmSync(folder, { recursive: true })
  }
})
