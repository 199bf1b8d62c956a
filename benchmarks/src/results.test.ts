import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { costsAtMost } from './claims.ts'
import type { Group, Subject } from './group.ts'
import { type BenchResult, readResults, toGroupResult, writeResult } from './results.ts'

const group: Group<Subject> = {
  id: 'group',
  title: 'Group',
  about: 'About.',
  floor: { name: 'floor' },
  ours: [{ name: 'ours' }],
  peers: [{ name: 'peer' }],
  claims: [costsAtMost('ours', 2, 'floor', 'Why.')],
}

function measured(controlRatio: number): Parameters<typeof toGroupResult>[1] {
  const round = { floor: 10, ours: 15, peer: 30, 'floor, again': 10 * controlRatio, 'ours, again': 15 }
  return { unit: 'ns', rounds: [round, round, round], bytes: { ours: 0 } }
}

test('toGroupResult() sets everybody beside the floor, and ours beside its peers', () => {
  const { rows, againstPeers, claims, isVoid } = toGroupResult(group, measured(1))
  expect(rows.map(({ name, ratio, added, bytes }) => [name, ratio.median, added.median, bytes])).toEqual([
    ['floor', 1, 0, undefined],
    ['ours', 1.5, 5, 0],
    ['peer', 3, 20, undefined],
    ['floor, again', 1, 0, undefined],
    ['ours, again', 1.5, 5, undefined],
  ])
  expect(againstPeers.map(({ of, against, ratio }) => [of, against, ratio.median])).toEqual([['ours', 'peer', 0.5]])
  expect([claims[0]?.verdict, isVoid]).toEqual(['met', false])
})

test.each([
  [1.099, false],
  [0.901, false],
  [1.101, true],
  [0.899, true],
])('toGroupResult() with a control of %s is void: %s', (ratio, isVoid) => {
  const result = toGroupResult(group, measured(ratio))
  expect([result.isVoid, result.claims[0]?.verdict]).toEqual([isVoid, isVoid ? 'void' : 'met'])
})

test('toGroupResult() is void when the control is right in the middle, but too noisy to tell', () => {
  const noisy = (spread: number, count: number): Parameters<typeof toGroupResult>[1] => ({
    unit: 'ns',
    rounds: Array.from({ length: count }, (_, i) => {
      const off = 1 + spread * (i / (count - 1) - 0.5)
      return { floor: 10, ours: 15, peer: 30, 'floor, again': 10 * off, 'ours, again': 15 }
    }),
  })
  expect(toGroupResult(group, noisy(0.4, 9)).isVoid).toBe(true)
  expect(toGroupResult(group, noisy(0.4, 101)).isVoid).toBe(false)
  expect(toGroupResult(group, noisy(0.1, 9)).isVoid).toBe(false)
})

test("toGroupResult() goes by the group's own tolerance", () => {
  expect(toGroupResult({ ...group, toleranceRatio: 0.2 }, measured(1.15)).isVoid).toBe(false)
  expect(toGroupResult({ ...group, toleranceRatio: 0.01 }, measured(1.02)).isVoid).toBe(true)
})

test('readResults() returns what writeResult() kept, in four digits', () => {
  const folder = mkdtempSync(join(tmpdir(), 'breakwater-bench-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const machine = { cpu: 'CPU', cores: 2, platform: 'linux x64', node: 'v24.0.0', v8: '13' }
  const result: BenchResult = {
    name: 'micro/core',
    title: 'core',
    date: '2026-01-01',
    machine,
    processes: 1,
    rounds: 3,
    groups: [toGroupResult(group, { unit: 'ns', rounds: [{ ...measured(1).rounds[0], ours: 15.123456 }] })],
  }
  writeResult(result, folder)
  const [kept] = readResults(folder)
  expect(kept).toMatchObject({ name: 'micro/core', machine })
  expect(kept?.groups[0]?.rows[1]?.value.median).toBe(15.12)
})
