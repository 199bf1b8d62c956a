import { expect, test } from 'vitest'
import { slotOf } from './hash-slot.ts'

// As `CLUSTER KEYSLOT` of Redis 7.0.15 answers.
const slots: readonly (readonly [string, number])[] = [
  ['', 0],
  ['123456789', 12_739],
  ['foo', 12_182],
  ['{foo}bar', 12_182],
  ['a{foo}{bar}', 12_182],
  ['foo{}{bar}', 8_363],
  ['foo{{bar}}zap', 4_015],
  ['foo{bar', 15_278],
  ['}foo{bar}', 5_061],
  ['schlüssel', 7_677],
]

for (const [key, slot] of slots)
  test(`slotOf() is the slot of ${JSON.stringify(key)}`, () => {
    expect(slotOf(key)).toBe(slot)
  })
