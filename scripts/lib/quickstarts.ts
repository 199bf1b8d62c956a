import { cpSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { createQuickstart } from '../../testing/src/quickstart.ts'
import type { Verdict } from './gate.ts'
import { runNpm } from './npm.ts'
import { mapSome } from './run.ts'
import { SCOPE } from './workspace.ts'

/**
 * Has every quickstart do what it is for where its reader has it: outside of the workspace, with packages from tarballs, on
 * this Node.
 *
 * @param root The workspace's folder.
 * @param app Where the tarballs are installed. What the quickstarts need besides is added, which is most of what this costs.
 * @returns What went wrong, and what ran.
 */
export async function runQuickstarts(root: string, app: string): Promise<Verdict> {
  const sources = globSync('examples/*-quickstart', { cwd: root }).sort()
  if (sources.length === 0) return { problems: [] }
  for (const source of sources) copyQuickstart(join(root, source), join(app, basename(source)))
  const manifest = JSON.parse(readFileSync(join(app, 'package.json'), 'utf8'))
  manifest.workspaces = sources.map((source) => basename(source))
  writeFileSync(join(app, 'package.json'), JSON.stringify(manifest))
  const options = ['--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline', '--loglevel=error']
  const { ok, output } = await runNpm('npm', ['install', ...options], { cwd: app, timeoutMs: 300_000 })
  if (!ok) return { problems: [`npm cannot install what the quickstarts need\n${output}`] }
  // Half of their time they wait.
  const problems = await mapSome(sources, 2, async (source) =>
    (await tryQuickstart(join(app, basename(source)))).map((problem) => `${source}, packed: ${problem}`),
  )
  return { problems: problems.flat(), notes: [`${sources.length} quickstarts`] }
}

/** Without its tests, and what only they need. */
function copyQuickstart(source: string, folder: string): void {
  cpSync(join(source, 'src'), join(folder, 'src'), { recursive: true })
  const {
    devDependencies = {},
    dependencies = {},
    ...manifest
  } = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8'))
  // Those that are installed, as no registry has them.
  for (const name of Object.keys(dependencies)) if (name.startsWith(`${SCOPE}/`)) dependencies[name] = '*'
  const isBuilt = manifest.scripts?.prestart !== undefined
  if (isBuilt) cpSync(join(source, 'tsconfig.json'), join(folder, 'tsconfig.json'))
  const compiles = Object.entries(isBuilt ? devDependencies : {}).filter(([name]) =>
    /^(typescript$|@types\/)/.test(name),
  )
  const all = { ...manifest, dependencies, devDependencies: Object.fromEntries(compiles) }
  writeFileSync(join(folder, 'package.json'), JSON.stringify(all))
}

async function tryQuickstart(folder: string): Promise<readonly string[]> {
  const { start, cases, stop } = createQuickstart(folder)
  const problems: string[] = []
  try {
    await start()
    for (const { name, run } of cases)
      await run().catch((error: Error) => problems.push(`it ${name}: ${error.message}`))
  } catch (error) {
    problems.push(String(error))
  } finally {
    await stop()
  }
  return problems
}
