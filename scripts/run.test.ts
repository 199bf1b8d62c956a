import { existsSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { mapSome, run } from './lib/run.ts'

const NODE = process.execPath

test('run() gives both streams, and the first alone', async () => {
  const outcome = await run(NODE, ['-e', 'console.log("out"); console.error("err")'])
  expect(outcome).toEqual({ ok: true, stdout: 'out\n', output: expect.stringMatching(/out\nerr|err\nout/) })
})

test('run() takes a failure for an outcome', async () => {
  expect(await run(NODE, ['-e', 'process.exit(3)'])).toEqual({ ok: false, stdout: '', output: `${NODE} ended with 3` })
})

test('run() takes a missing command for an outcome', async () => {
  expect(await run('no-such-command', [])).toEqual({ ok: false, stdout: '', output: 'spawn no-such-command ENOENT' })
})

test.runIf(process.platform === 'linux')('run() ends what hangs, with what it started', async () => {
  // The shell waits for a child that would outlive it.
  const { ok, stdout, output } = await run('sh', ['-c', 'sleep 60 & echo $!; wait'], { timeoutMs: 300 })
  expect([ok, output.split('\n')[0]]).toEqual([false, 'sh did not end within 0.3 s'])
  await expect.poll(() => isRunning(Number(stdout))).toBe(false)
})

/** Not if nobody has yet asked how it ended, either. */
function isRunning(pid: number): boolean {
  const file = `/proc/${pid}/stat`
  return existsSync(file) && !/^\d+ \(.*\) Z/.test(readFileSync(file, 'utf8'))
}

test('mapSome() keeps the order, and to its limit', async () => {
  let [now, most] = [0, 0]
  const results = await mapSome([30, 10, 20, 0], 2, async (ms) => {
    most = Math.max(most, ++now)
    await sleep(ms)
    now--
    return ms
  })
  expect(results).toEqual([30, 10, 20, 0])
  expect(most).toBe(2)
})
