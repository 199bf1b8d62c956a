import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildPackages } from './build.ts'
import { changesetProblems, waitingChangesets } from './changesets.ts'
import { mapSome, run, runTool } from './run.ts'
import { copyWorkspace } from './sandbox.ts'
import { pack, type Tarball } from './tarball.ts'
import { readPackages } from './workspace.ts'

/**
 * Does a release in a copy of the workspace, but for sending the tarballs: raises the versions as the waiting changesets
 * say, writes the changelogs, packs. Needs no network.
 *
 * @param root The workspace's folder. Nothing but `dist/` changes in it.
 * @returns What would be published, in lines. Rejects if it could not be.
 */
export async function rehearse(root: string): Promise<readonly string[]> {
  if (waitingChangesets(root).length === 0) return ['No changeset waits: nothing would be published']
  const problems = [...changesetProblems(root), ...(await buildPackages(root))]
  if (problems.length > 0) throw new Error(problems.join('\n'))
  const copy = copyWorkspace(root)
  try {
    const before = versionsIn(copy.folder)
    const { ok, output } = await runTool(copy.folder, 'changeset', ['version'])
    if (!ok) throw new Error(output)
    const raised = readPackages(copy.folder).filter(({ room, manifest }) => before.get(room) !== manifest.version)
    const into = join(copy.folder, 'tarballs')
    mkdirSync(into)
    const lines = await mapSome(raised, 2, async (pkg) => {
      const tarball = await pack(copy.folder, pkg, into)
      if (typeof tarball === 'string') throw new Error(tarball)
      return describe(copy.folder, tarball, before.get(pkg.room))
    })
    return [...lines.flat(), `Dry run: ${raised.length} packages would be published, and nothing was`]
  } finally {
    copy.remove()
  }
}

function versionsIn(folder: string): ReadonlyMap<string, string> {
  return new Map(readPackages(folder).map(({ room, manifest }) => [room, manifest.version]))
}

/** One package as it would be published, with what its users are told. */
async function describe(
  folder: string,
  { pkg, specifier, version, file, bytes, contents }: Tarball,
  before?: string,
): Promise<readonly string[]> {
  const { stdout } = await run('tar', ['-xOf', file, 'package/package.json'])
  const { dependencies = {} } = JSON.parse(stdout) as { dependencies?: Record<string, string> }
  const needs = Object.entries(dependencies).map(([name, range]) => `${name} ${range}`)
  const changelog = readFileSync(join(folder, pkg.folder, 'CHANGELOG.md'), 'utf8')
  const [, latest = ''] = changelog.split(/^## .*$/m)
  return [
    `${specifier} ${before} → ${version}: ${contents.length} files, ${(bytes / 1000).toFixed(1)} kB, needs ${needs.join(', ') || 'nothing'}`,
    ...latest
      .trim()
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => `    ${line}`),
  ]
}
