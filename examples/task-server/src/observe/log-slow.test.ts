import { createOperation } from '@breakwater/core'
import { createManualClock } from '@breakwater/core/testing'
import { expect, onTestFinished, test } from 'vitest'
import { STATEMENT_CHANNEL } from '../database/guarded.ts'
import { logSlowStatements } from './log-slow.ts'

test('logSlowStatements() logs those that take 300 ms, also where they fail, ten a minute', async () => {
  const clock = createManualClock()
  const lines: unknown[] = []
  const stop = logSlowStatements({ performance: (...line) => lines.push(line) }, clock)
  onTestFinished(stop)
  const statements = createOperation<{ readonly statement: string }>(STATEMENT_CHANNEL, 'database')
  const run = (ms: number, error?: Error): Promise<void> =>
    statements.trace({ statement: 'task-get' }, async () => {
      await undefined
      clock.advance(ms)
      if (error !== undefined) throw error
    })
  await run(299)
  expect(lines).toEqual([])
  await run(300)
  await expect(run(3_000.1234, new Error('oops'))).rejects.toThrow('oops')
  expect(lines).toEqual([
    ['database task-get', 300, { untold: undefined }],
    ['database task-get', 3_000.12, { untold: undefined }],
  ])
  for (let n = 0; n < 20; n++) await run(300)
  expect(lines).toHaveLength(10)
  clock.advance(60_000)
  await run(400)
  expect(lines.at(-1)).toEqual(['database task-get', 400, { untold: 12 }])
  stop()
  await run(400)
  expect(lines).toHaveLength(11)
})
