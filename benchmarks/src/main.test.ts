import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { readResults } from './results.ts'

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url))
const LIMIT_MS = 60_000

async function bench(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const run = promisify(execFile)(process.execPath, [MAIN, ...args], { timeout: LIMIT_MS })
  return run.then(
    (output) => ({ code: 0, ...output }),
    ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
  )
}

test('main measures one group quickly and keeps nothing', { timeout: LIMIT_MS }, async () => {
  const before = readResults()
  const { code, stdout, stderr } = await bench('core/refusal', '--quick')
  expect([code, stderr.trim()]).toEqual([0, '[bench] micro/core/refusal'])
  expect(stdout).toMatch(/\| RefusalError \| ours \| [\d.]+ \| [\d.]+x \(/)
  expect(stdout).toMatch(/\| no error, again \|/)
  expect(stdout).toMatch(/\*\*(met|missed|void)\*\*/)
  expect(readResults()).toEqual(before)
})

test('main takes the figures of one group quickly and keeps nothing', { timeout: LIMIT_MS }, async () => {
  const before = readResults()
  const { code, stdout, stderr } = await bench('resilience/outage', '--quick')
  expect([code, stderr.trim()]).toEqual([0, '[bench] micro/resilience/outage'])
  expect(stdout).toMatch(/\| cockatiel \| peer \| 3 \| 3 \| 3 \|/)
  expect(stdout).toMatch(/\*\*(met|missed)\*\*/)
  expect(readResults()).toEqual(before)
})

test('main answers a name that does not exist with one line', { timeout: LIMIT_MS }, async () => {
  const { code, stdout, stderr } = await bench('nothing')
  expect([code, stdout, stderr.split('\n').length]).toEqual([1, '', 2])
  expect(stderr).toContain('Cannot find a bench "nothing"')
})
