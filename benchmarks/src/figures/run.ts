import { importGroup } from '../catalogue.ts'
import { measureInProcess } from '../in-process.ts'
import { shuffled } from '../interleave.ts'
import type { Settings } from '../settings.ts'
import type { Round } from '../statistics.ts'
import { type FigureEntry, type FigureGroup, figureEntriesOf, type Taken } from './group.ts'
import { type FigureResult, toFigureResult } from './results.ts'

/** What one subject may take. */
const LIMIT_MS = 120_000

/**
 * Takes the figures of a group: all subjects in turn, each time in another order, each in a process of its own, unless
 * the group says otherwise.
 *
 * @param file The bench's file.
 * @param groupId The group's id.
 * @param settings How thoroughly.
 */
export async function runFigures(file: string, groupId: string, settings: Settings): Promise<FigureResult> {
  const found = await importGroup(file, groupId)
  if (found.kind !== 'figures') throw new TypeError(`Cannot take figures of group "${groupId}" as it has none`)
  const { group } = found
  const { limitMs = LIMIT_MS } = group
  const measure = <measured>(...subject: readonly string[]): Promise<measured> =>
    measureInProcess<measured>(groupId, [file, groupId, JSON.stringify(settings), '0', ...subject], limitMs)
  return toFigureResult(group, group.takeAll ? await measure<Taken>() : await takeInTurns(group, settings, measure))
}

async function takeInTurns(
  group: FigureGroup,
  settings: Settings,
  measure: (subject: string) => Promise<Round>,
): Promise<Taken> {
  const taken: Record<string, Round[]> = {}
  const take = async ({ subject: { name } }: FigureEntry): Promise<void> => {
    const round = await measure(name)
    taken[name] = [...(taken[name] ?? []), round]
  }
  const processes = Math.min(settings.figures.processes, group.processes ?? Number.POSITIVE_INFINITY)
  for (let turn = 0; turn < processes; turn++) {
    const entries = shuffled(figureEntriesOf(group), turn)
    if (group.isAtOnce) await Promise.all(entries.map(take))
    else for (const entry of entries) await take(entry)
  }
  return taken
}
