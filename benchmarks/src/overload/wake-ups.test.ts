import { expect, test } from 'vitest'
import { toSwitches } from './wake-ups.ts'

test('toSwitches() reads how often a thread went to sleep by itself', () => {
  const status = 'Name:\tnode\nThreads:\t11\nvoluntary_ctxt_switches:\t1234\nnonvoluntary_ctxt_switches:\t5678\n'
  expect(toSwitches(status)).toBe(1_234)
})

test('toSwitches() refuses a text that does not tell', () => {
  expect(() => toSwitches('Name:\tnode\nnonvoluntary_ctxt_switches:\t5678\n')).toThrow('voluntary context switches')
})
