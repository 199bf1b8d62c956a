import { join } from 'node:path'
import { mapSome, runTool } from './run.ts'
import { readPackages } from './workspace.ts'

const builds = new Map<string, Promise<readonly string[]>>()

/**
 * Builds every package, once in this process however many ask.
 *
 * @param root The workspace's folder.
 * @returns What went wrong.
 */
export function buildPackages(root: string): Promise<readonly string[]> {
  const build = builds.get(root) ?? buildAll(root)
  builds.set(root, build)
  return build
}

/** In any order: types of other packages come from their sources. */
async function buildAll(root: string): Promise<readonly string[]> {
  const outcomes = await mapSome(readPackages(root), 2, async ({ folder }) => {
    const { ok, output } = await runTool(root, 'tsup', [], { cwd: join(root, folder) })
    return ok ? [] : [`${folder}: does not build\n${output}`]
  })
  return outcomes.flat()
}
