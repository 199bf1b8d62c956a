import { globSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { FigureGroup } from './figures/group.ts'
import type { LoadBench, LoadGroup } from './load/subject.ts'
import type { MicroBench, MicroGroup } from './micro/subject.ts'

/** Any bench. */
export type AnyBench = MicroBench | LoadBench

/** A bench that is there to be run. */
export interface CatalogueEntry {
  /** Name on the command line, such as `micro/core`. */
  readonly name: string
  /** Its file. */
  readonly file: string
}

/** What was asked for on the command line. */
export interface Selection extends CatalogueEntry {
  /** Only this group of it. */
  readonly groupId?: string | undefined
}

const KINDS: readonly string[] = ['micro', 'load']
const FOLDER = fileURLToPath(new URL('..', import.meta.url))

/** Every bench: `micro/<name>.bench.ts` and `load/<name>/<name>.bench.ts`. */
export function catalogue(): readonly CatalogueEntry[] {
  return globSync(['micro/*.bench.ts', 'load/*/*.bench.ts'], { cwd: FOLDER })
    .map((file) => ({ name: join(file.split(/[\\/]/)[0] as string, basename(file, '.bench.ts')), file }))
    .map(({ name, file }) => ({ name: name.replaceAll('\\', '/'), file: join(FOLDER, file) }))
    .sort((a, b) => inOrder(a.name, b.name))
}

/**
 * Orders benches by name: what is small comes first.
 *
 * @param a Name of one, such as `micro/core`.
 * @param b Name of another.
 */
export function inOrder(a: string, b: string): number {
  return KINDS.indexOf(dirname(a)) - KINDS.indexOf(dirname(b)) || a.localeCompare(b, 'en')
}

/**
 * Finds what was asked for: `micro`, `core`, `micro/core`, or one group as `core/emit-to-nobody`.
 *
 * @param names What was asked for; nothing means everything.
 * @param entries What there is.
 * @throws {RangeError} Naming what cannot be found.
 */
export async function select(
  names: readonly string[],
  entries: readonly CatalogueEntry[] = catalogue(),
): Promise<readonly Selection[]> {
  if (names.length === 0) return entries
  const selected: Selection[] = []
  for (const name of names) {
    const whole = entries.filter((entry) => [entry.name, basename(entry.name), dirname(entry.name)].includes(name))
    const groups: Selection[] = []
    for (const entry of entries) {
      for (const { id } of groupsOf(await importBench(entry.file)))
        if ([`${entry.name}/${id}`, `${basename(entry.name)}/${id}`].includes(name))
          groups.push({ ...entry, groupId: id })
    }
    if (whole.length + groups.length === 0)
      throw new RangeError(`Cannot find a bench "${name}": there are ${entries.map((entry) => entry.name).join(', ')}`)
    selected.push(...whole, ...groups)
  }
  return selected
}

/**
 * Loads a bench.
 *
 * @param file Its file.
 */
export async function importBench(file: string): Promise<AnyBench> {
  const { bench } = (await import(pathToFileURL(file).href)) as { bench: AnyBench }
  return bench
}

/**
 * What a bench counts.
 *
 * @param bench The bench.
 */
export function figuresOf(bench: AnyBench): readonly FigureGroup[] {
  return bench.figures ?? []
}

/**
 * Everything that can be asked for in a bench by its id.
 *
 * @param bench The bench.
 */
export function groupsOf(bench: AnyBench): readonly { readonly id: string }[] {
  return [...bench.groups, ...figuresOf(bench)]
}

/**
 * Loads one group.
 *
 * @param file The bench's file.
 * @param id The group's id.
 * @throws {RangeError} If there is no such group.
 */
export async function importGroup(
  file: string,
  id: string,
): Promise<
  { kind: 'micro'; group: MicroGroup } | { kind: 'load'; group: LoadGroup } | { kind: 'figures'; group: FigureGroup }
> {
  const bench = await importBench(file)
  const missing = (): never => {
    throw new RangeError(`Cannot find group "${id}" in ${basename(file)}`)
  }
  const figures = figuresOf(bench).find((group) => group.id === id)
  if (figures !== undefined) return { kind: 'figures', group: figures }
  return bench.kind === 'micro'
    ? { kind: 'micro', group: bench.groups.find((group) => group.id === id) ?? missing() }
    : { kind: 'load', group: bench.groups.find((group) => group.id === id) ?? missing() }
}
