import { type AnyBench, importBench } from './catalogue.ts'
import { entriesOf } from './group.ts'
import { measureInProcess } from './in-process.ts'
import { type GroupResult, type Measured, toGroupResult } from './results.ts'
import type { Settings } from './settings.ts'
import { type Round, toSpread } from './statistics.ts'

/** What a process may take beside measuring: starting, verifying, counting bytes. */
const EXTRA_MS = 60_000
/** How far the seeds of two processes are apart: further than the rounds of one. */
const SEEDS = 1_000

/**
 * Measures one group and draws its conclusions.
 *
 * @param file The bench's file.
 * @param groupId The group's id.
 * @param settings How thoroughly.
 */
export async function runGroup(file: string, groupId: string, settings: Settings): Promise<GroupResult> {
  const bench = await importBench(file)
  const processes = bench.kind === 'micro' ? settings.processes : 1
  const parts: Measured[] = []
  for (let i = 0; i < processes; i++) parts.push(await measureGroup(bench, file, groupId, settings, i * SEEDS))
  const measured = pool(parts)
  // Told apart for the sake of the types: what follows is the same for both.
  if (bench.kind === 'micro') return toGroupResult(find(bench.groups, groupId), measured)
  return toGroupResult(find(bench.groups, groupId), measured)
}

function find<group extends { readonly id: string }>(groups: readonly group[], id: string): group {
  const group = groups.find((each) => each.id === id)
  if (group === undefined) throw new RangeError(`Cannot find group "${id}"`)
  return group
}

function measureGroup(
  bench: AnyBench,
  file: string,
  groupId: string,
  settings: Settings,
  seed: number,
): Promise<Measured> {
  const limitMs = EXTRA_MS + 4 * plannedMs(bench, groupId, settings)
  const args = [file, groupId, JSON.stringify(settings), String(seed)]
  return measureInProcess<Measured>(groupId, args, limitMs)
}

/** What one process should take, so that one that hangs is noticed. */
function plannedMs(bench: AnyBench, groupId: string, { micro, load }: Settings): number {
  if (bench.kind === 'micro')
    return entriesOf(find(bench.groups, groupId)).length * (micro.warmUpMs + micro.rounds * micro.sliceMs)
  return entriesOf(find(bench.groups, groupId)).length * load.sets * (load.warmUpMs + load.rounds * load.sliceMs)
}

/** Rounds of all processes side by side; of the bytes, which hardly differ, the middle. */
function pool(parts: readonly Measured[]): Measured {
  const [first] = parts
  if (first === undefined) throw new RangeError('Expected `parts` to hold at least one process')
  return { ...first, rounds: parts.flatMap(({ rounds }) => rounds), ...(first.bytes && { bytes: middleOf(parts) }) }
}

function middleOf(parts: readonly Measured[]): Round {
  const names = Object.keys(parts[0]?.bytes ?? {})
  return Object.fromEntries(
    names.map((name) => [name, toSpread(parts.map(({ bytes }) => bytes?.[name] as number)).median]),
  )
}
