import { expect, test } from 'vitest'
import { Probe } from './probe.ts'

const HOUR_MS = 3_600_000

/** Whether it is due where the floor was measured under ten, and twenty are under way now. */
function isDue(probe: Probe, nowMs: number, floorAtMs: number, isDoubted: boolean): boolean {
  return probe.isDue(nowMs, 20, floorAtMs, 10, isDoubted)
}

function ended(probe: Probe, beganMs: number, endedMs: number, gate = 20): Probe {
  probe.begin(beganMs, gate)
  probe.end(endedMs)
  return probe
}

test('isDue() lets a floor be that is young and not doubted', () => {
  expect(isDue(new Probe(), HOUR_MS, HOUR_MS - 100, false)).toBe(false)
})

test('isDue() looks again at a floor that is old', () => {
  expect(isDue(new Probe(), HOUR_MS, 0, false)).toBe(true)
})

test('isDue() looks at a floor at once that is doubted, or was never measured', () => {
  expect(isDue(new Probe(), HOUR_MS, HOUR_MS - 100, true)).toBe(true)
  expect(isDue(new Probe(), HOUR_MS, -Infinity, false)).toBe(true)
})

test('isDue() rests after a probe, though nothing came of it', () => {
  const probe = ended(new Probe(), HOUR_MS, HOUR_MS + 100)
  expect(isDue(probe, HOUR_MS + 200, 0, true)).toBe(false)
  expect(isDue(probe, HOUR_MS + 60_000, 0, true)).toBe(true)
})

test('isDue() rests for longer after one that was long', () => {
  const [short, long] = [ended(new Probe(), HOUR_MS - 10, HOUR_MS), ended(new Probe(), HOUR_MS - 1_500, HOUR_MS)]
  const restsFor = (probe: Probe): number => {
    let ms = 0
    while (!probe.isDue(HOUR_MS + ms, 20, HOUR_MS - 10, 20, true)) ms += 10
    return ms
  }
  expect(restsFor(long)).toBeGreaterThan(restsFor(short))
})

test('isDue() does not rest where it can look much deeper than before', () => {
  const probe = ended(new Probe(), HOUR_MS, HOUR_MS + 100)
  expect(probe.isDue(HOUR_MS + 200, 2, HOUR_MS + 100, 20, true)).toBe(true)
  expect(probe.isDue(HOUR_MS + 200, 19, HOUR_MS + 100, 20, true)).toBe(false)
})

test('begin() and end() say whether it is on, and how far it is lowered', () => {
  const probe = new Probe()
  expect(probe.isOn).toBe(false)
  probe.begin(HOUR_MS, 7)
  expect([probe.isOn, probe.gate]).toEqual([true, 7])
  probe.end(HOUR_MS + 1)
  expect([probe.isOn, probe.gate]).toEqual([false, 7])
})

test('isOverdue() gives many requests time to go one after the other', () => {
  const probe = new Probe()
  probe.begin(HOUR_MS, 1)
  expect(probe.isOverdue(HOUR_MS + 500, 10)).toBe(false)
  expect(probe.isOverdue(HOUR_MS + 5_000, 10)).toBe(true)
  expect(probe.isOverdue(HOUR_MS + 5_000, 500)).toBe(false)
  expect(probe.isOverdue(HOUR_MS + HOUR_MS, 500)).toBe(true)
})
