import { importGroup } from '../catalogue.ts'
import { measureInProcess } from '../in-process.ts'
import { shuffled } from '../interleave.ts'
import type { Settings } from '../settings.ts'
import type { Round } from '../statistics.ts'
import { figureEntriesOf } from './group.ts'
import { type FigureResult, toFigureResult } from './results.ts'

/** What one subject may take. */
const LIMIT_MS = 120_000

/**
 * Takes the figures of a group: all subjects in turn, each time in another order, each in a process of its own.
 *
 * @param file The bench's file.
 * @param groupId The group's id.
 * @param settings How thoroughly.
 */
export async function runFigures(file: string, groupId: string, settings: Settings): Promise<FigureResult> {
  const found = await importGroup(file, groupId)
  if (found.kind !== 'figures') throw new TypeError(`Cannot take figures of group "${groupId}" as it has none`)
  const taken: Record<string, Round[]> = {}
  const processes = Math.min(settings.figures.processes, found.group.processes ?? Number.POSITIVE_INFINITY)
  for (let turn = 0; turn < processes; turn++)
    for (const { subject } of shuffled(figureEntriesOf(found.group), turn)) {
      const args = [file, groupId, JSON.stringify(settings), '0', subject.name]
      taken[subject.name] ??= []
      taken[subject.name]?.push(await measureInProcess<Round>(groupId, args, LIMIT_MS))
    }
  return toFigureResult(found.group, taken)
}
