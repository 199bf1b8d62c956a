import type { HistogramSnapshot, Measured, Measurement } from '@breakwater/core'
import type { SeriesCap } from '../series/cap.ts'
import type { Collector, Family, Row } from '../series/family.ts'
import { createLabelSet } from '../series/label-set.ts'
import { familyName, labelName } from '../series/names.ts'

/** More names than any object has: each costs a family. */
const MOST_FAMILIES = 1_000

interface Gathered extends Family {
  readonly series: Row[]
  readonly seen: Set<string>
}

/**
 * Turns what an object measures into families, each time that it is asked.
 *
 * @param measured The object.
 * @param capOf Makes the cap of a family.
 * @throws {TypeError} If its kind cannot be the name of a label.
 */
export function createMeasuredCollector(measured: Measured, capOf: (family: string) => SeriesCap): Collector {
  const { kind, name } = measured
  labelName('measured.kind', kind)
  const caps = new Map<string, SeriesCap>()

  function add(families: Map<string, Gathered>, measurement: Measurement): void {
    const { name: family, help, kind: type, labels = {}, value } = measurement
    let gathered = families.get(family)
    if (gathered === undefined) {
      gathered = newFamily(familyName('name', checkType(family, type), type), String(help), type)
      families.set(family, gathered)
      if (families.size > MOST_FAMILIES) throw new TypeError(`Expected at most ${MOST_FAMILIES} names of metrics`)
    } else if (gathered.type !== type)
      throw new TypeError(`Expected "${family}" to be a ${gathered.type} throughout, got a ${type}`)
    if (Object.hasOwn(labels, kind))
      throw new TypeError(`Expected the labels of "${family}" not to have "${kind}", as that says which one it is`)
    if (gathered.series.length >= capOfFamily(family).max) return capOfFamily(family).drop()
    const set = createLabelSet({ [kind]: name, ...labels })
    if (gathered.seen.has(set.text))
      throw new TypeError(`Expected each series once, got "${family}{${set.text}}" twice`)
    gathered.seen.add(set.text)
    gathered.series.push({ labels: set, value: checkValue(family, type, value) })
  }

  function capOfFamily(family: string): SeriesCap {
    const cap = caps.get(family) ?? capOf(family)
    caps.set(family, cap)
    return cap
  }

  return {
    name: `${kind}:${name}`,
    collect() {
      const families = new Map<string, Gathered>()
      for (const measurement of measured.measure()) add(families, measurement)
      return [...families.values()]
    },
  }
}

function newFamily(name: string, help: string, type: Family['type']): Gathered {
  const series: Row[] = []
  return { name, help, type, series, seen: new Set(), rows: () => series }
}

function checkType(family: string, type: unknown): string {
  if (type === 'counter' || type === 'gauge' || type === 'histogram') return family
  throw new TypeError(`Expected "${family}" to be a counter, a gauge or a histogram, got ${String(type)}`)
}

function checkValue(family: string, type: Family['type'], value: unknown): number | HistogramSnapshot {
  if (type !== 'histogram') {
    if (typeof value === 'number') return value
    throw new TypeError(`Expected the value of "${family}" to be a number, got ${typeof value}`)
  }
  const { bounds, counts, count, sum } = (Object(value) ?? {}) as Partial<HistogramSnapshot>
  if (
    Array.isArray(bounds) &&
    Array.isArray(counts) &&
    bounds.length === counts.length &&
    typeof count === 'number' &&
    typeof sum === 'number' &&
    ascends(bounds, true) &&
    ascends([...counts, count], false)
  )
    return value as HistogramSnapshot
  throw new TypeError(`Expected the value of "${family}" to be a snapshot of a histogram`)
}

function ascends(numbers: readonly unknown[], strictly: boolean): boolean {
  return numbers.every((number, index) => {
    if (typeof number !== 'number' || !Number.isFinite(number)) return false
    const before = numbers[index - 1] as number | undefined
    return before === undefined || (strictly ? number > before : number >= before)
  })
}
