import { expect, test } from 'vitest'
import { toKind } from './kinds.ts'

test('toKind() finds a load by its name', () => {
  expect(toKind('pool')).toMatchObject({ name: 'pool', cpuMs: 0 })
})

test('toKind() names the load that is not there, and those that are', () => {
  expect(() => toKind('disk')).toThrow('Cannot find a load "disk": there are cpu, pool, mixed')
})
