import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inOrder } from './catalogue.ts'
import { type JudgedClaim, judge } from './claims.ts'
import type { FigureResult } from './figures/results.ts'
import { entriesOf, type Group, type Role, type Subject } from './group.ts'
import type { LoadNumbers } from './load/measure.ts'
import type { Machine } from './machine.ts'
import { differenceOf, ownValue, type Round, ratioOf, type Spread } from './statistics.ts'

/** What a run of a whole bench left: the file in `results/`, from which the page is made. */
export interface BenchResult {
  /** Name on the command line, such as `micro/core`. */
  readonly name: string
  /** Heading on the page. */
  readonly title: string
  /** Day of the run, as `2026-01-31`. */
  readonly date: string
  /** Where it ran. */
  readonly machine: Machine
  /** How often each subject was measured: processes times rounds. */
  readonly processes: number
  /** Rounds in each process. */
  readonly rounds: number
  /** Its groups. */
  readonly groups: readonly GroupResult[]
  /** What was counted, where something was. */
  readonly figures?: readonly FigureResult[]
}

/** What a run of one group left. */
export interface GroupResult {
  /** As in the group. */
  readonly id: string
  /** As in the group. */
  readonly title: string
  /** As in the group. */
  readonly about: string
  /** What the values are. */
  readonly unit: string
  /** One per subject, the floor first. */
  readonly rows: readonly Row[]
  /** Each of ours against each peer. */
  readonly againstPeers: readonly Comparison[]
  /** Each twin against the subject that it is the same as. */
  readonly control: readonly Comparison[]
  /** How far the control could be off. */
  readonly toleranceRatio: number
  /** Whether it may have been further off than that: then no claim about time is judged. */
  readonly isVoid: boolean
  /** What was claimed, and what came of it. */
  readonly claims: readonly JudgedClaim[]
}

/** What was measured of one subject. */
export interface Row {
  /** Its name. */
  readonly name: string
  /** What it is in its group. */
  readonly role: Role
  /** In the group's unit. */
  readonly value: Spread
  /** Times the floor. */
  readonly ratio: Spread
  /** Over the floor, in the group's unit. */
  readonly added: Spread
  /** Bytes of heap per operation, where they were counted. */
  readonly bytes?: number
  /** Under load: what became of the requests of all rounds, and how long they took. */
  readonly load?: LoadNumbers
}

/** Two subjects beside each other. */
export interface Comparison {
  /** Above the line. */
  readonly of: string
  /** Below the line. */
  readonly against: string
  /** The one divided by the other, round by round. */
  readonly ratio: Spread
}

/** What was measured of a group, in all processes together. */
export interface Measured {
  /** What the rounds are in. */
  readonly unit: string
  /** Of all processes. */
  readonly rounds: readonly Round[]
  /** Bytes per operation, by subject. */
  readonly bytes?: Round | undefined
  /** What requests became, by subject. */
  readonly loads?: Readonly<Record<string, LoadNumbers>> | undefined
}

/** The control's own limit where a group names none. */
const DEFAULT_TOLERANCE_RATIO = 0.1

/** Where committed results are. */
export const RESULTS_FOLDER: string = fileURLToPath(new URL('../results', import.meta.url))

/**
 * Draws the conclusions of a group: ratios, control, claims.
 *
 * @param group The group.
 * @param measured What was measured of it.
 */
export function toGroupResult<subject extends Subject>(group: Group<subject>, measured: Measured): GroupResult {
  const { rounds, bytes = {}, loads = {} } = measured
  const { id, title, about, floor, ours, peers, claims, toleranceRatio = DEFAULT_TOLERANCE_RATIO } = group
  const entries = entriesOf(group)
  const compare = (of: string, against: string): Comparison => ({ of, against, ratio: ratioOf(rounds, of, against) })
  const control = entries.flatMap(({ name, twinOf }) => (twinOf === undefined ? [] : [compare(name, twinOf)]))
  // By where the true middle may be, not by the middle alone: a run that is too noisy to tell is off as well.
  const isVoid = control.some(({ ratio }) => ratio.from < 1 - toleranceRatio || ratio.to > 1 + toleranceRatio)
  return {
    id,
    title,
    about,
    unit: measured.unit,
    rows: entries.map(({ name, role }) => ({
      name,
      role,
      value: ownValue(rounds, name),
      ratio: ratioOf(rounds, name, floor.name),
      added: differenceOf(rounds, name, floor.name),
      ...(name in bytes && { bytes: bytes[name] as number }),
      ...(name in loads && { load: loads[name] as LoadNumbers }),
    })),
    againstPeers: ours.flatMap((our) => peers.map((peer) => compare(our.name, peer.name))),
    control,
    toleranceRatio,
    isVoid,
    claims: claims.map((claim) => judge(claim, rounds, bytes, isVoid)),
  }
}

/**
 * Keeps the result of a whole bench.
 *
 * @param result What to keep.
 * @param folder Where.
 */
export function writeResult(result: BenchResult, folder: string = RESULTS_FOLDER): void {
  mkdirSync(folder, { recursive: true })
  writeFileSync(fileOf(result.name, folder), `${JSON.stringify(result, rounded, 2)}\n`)
}

/**
 * All results that were kept, by name.
 *
 * @param folder Where.
 */
export function readResults(folder: string = RESULTS_FOLDER): readonly BenchResult[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .map((file) => JSON.parse(readFileSync(`${folder}/${file}`, 'utf8')) as BenchResult)
    .sort((a, b) => inOrder(a.name, b.name))
}

function fileOf(name: string, folder: string): string {
  return `${folder}/${dirname(name)}-${name.slice(name.lastIndexOf('/') + 1)}.json`
}

/** More digits would only be noise in the diff. */
function rounded(_key: string, value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toPrecision(4)) : value
}
