import { join } from 'node:path'
import { BARE } from '@breakwater/testing/shutdown'
import { expect, test } from 'vitest'
import { createShutdownSubject } from './subject.ts'

test('run() rejects where a run says nothing, naming its subject', async () => {
  // No subject: it ends at once.
  const script = join(import.meta.dirname, 'cell.ts')
  const subject = createShutdownSubject({ name: 'nothing', script, lingerMs: 0 })
  await expect(subject.run({ scenario: 'start-ready' }, 3, 500)).rejects.toThrow(
    'Cannot count what "nothing" does in "start-ready" with seed 3: The subject "nothing" ended too early',
  )
})

test('run() kills what does not end a moment after its limit, or after that and a delay', async () => {
  const script = join(import.meta.dirname, '../../micro/shutdown/subjects/bare.ts')
  const subject = createShutdownSubject({ name: BARE, script, lingerMs: 0 })
  const { exit } = await subject.run({ scenario: 'hook-hang' }, 1, 100)
  expect(exit).toMatchObject({ isKilled: true })
  expect(exit.ms).toBeGreaterThanOrEqual(600)
  const later = await subject.run({ scenario: 'lag' }, 1, 100)
  expect(later.exit.isKilled).toBe(true)
  expect(later.exit.ms).toBeGreaterThanOrEqual(1_300)
})

test('sample() is one run, whoever asks', async () => {
  const script = join(import.meta.dirname, '../../micro/shutdown/subjects/bare.ts')
  const subject = createShutdownSubject({ name: BARE, script, lingerMs: 0 })
  const sample = subject.sample()
  expect(subject.sample()).toBe(sample)
  expect(await sample).toMatchObject({ scenario: 'start-ready', exit: { code: 0 } })
})
