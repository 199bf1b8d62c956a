import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const PLAY = fileURLToPath(new URL('play.ts', import.meta.url))
const LIMIT_MS = 60_000

test.each([
  [['disk'], 'Cannot find a load "disk"'],
  [['cpu', '2', 'nobody', '--steps', '1'], 'Cannot find "nobody"'],
  [['cpu', '2', '--seconds', '3'], 'Expected `--seconds` to be at least 2 more than `--ramp`'],
])('play answers %j with one line', { timeout: LIMIT_MS }, async (args, message) => {
  const run = promisify(execFile)(process.execPath, [PLAY, ...args], { timeout: LIMIT_MS })
  const error = await run.then(
    () => ({ code: 0, stderr: '' }),
    ({ code, stderr }: { code: number; stderr: string }) => ({ code, stderr }),
  )
  expect([error.code, error.stderr.split('\n').length]).toEqual([1, 2])
  expect(error.stderr).toContain(message)
})
