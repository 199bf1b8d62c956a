import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Verdict } from './gate.ts'
import { findNode } from './nodes.ts'
import { runNpm } from './npm.ts'
import { mapSome, run, runTool } from './run.ts'
import type { Tarball } from './tarball.ts'

/**
 * Installs tarballs in an empty folder, as a user would, together with the peers they ask for.
 *
 * @param app The folder. It is made.
 * @param tarballs What to install.
 * @returns What went wrong.
 */
export async function installAsUser(app: string, tarballs: readonly Tarball[]): Promise<readonly string[]> {
  mkdirSync(app)
  writeFileSync(join(app, 'package.json'), '{ "private": true }\n')
  // The versions that the package itself is tested with.
  const peers = tarballs.flatMap(({ pkg: { manifest } }) =>
    Object.keys(manifest.peerDependencies ?? {}).map(
      (name) => `${name}@${manifest.devDependencies?.[name] ?? 'latest'}`,
    ),
  )
  const wanted = [...tarballs.map(({ file }) => file), ...new Set(peers)]
  const options = ['--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline', '--loglevel=error']
  const { ok, output } = await runNpm('npm', ['install', ...options, ...wanted], { cwd: app, timeoutMs: 300_000 })
  if (!ok) return [`npm cannot install the tarballs\n${output}`]
  return tarballs.flatMap(({ specifier }) => {
    const manifest = readFileSync(join(app, 'node_modules', specifier, 'package.json'), 'utf8')
    return /"(workspace|link|file):/.test(manifest)
      ? [`${specifier}: its published package.json names a version that only this workspace knows`]
      : []
  })
}

/**
 * Type-checks programs that import and require every door, with the declarations of everything they bring along
 * (`skipLibCheck` off): one that names a package its user need not have fails here.
 */
export async function typeCheckAsUser(
  root: string,
  app: string,
  tarballs: readonly Tarball[],
): Promise<readonly string[]> {
  const doors = tarballs.flatMap(({ pkg }) => pkg.doors)
  const esm = doors.map(
    ({ specifier }, index) => `import * as door${index} from '${specifier}'\nexport { door${index} }\n`,
  )
  const cjs = doors.map(
    ({ specifier }, index) => `import door${index} = require('${specifier}')\nexport { door${index} }\n`,
  )
  writeFileSync(join(app, 'esm.mts'), esm.join(''))
  writeFileSync(join(app, 'cjs.cts'), cjs.join(''))
  const compilerOptions = {
    target: 'ES2023',
    lib: ['ES2023'],
    module: 'NodeNext',
    strict: true,
    noEmit: true,
    skipLibCheck: false,
    types: ['node'],
    typeRoots: [join(root, 'node_modules', '@types')],
  }
  writeFileSync(join(app, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['esm.mts', 'cjs.cts'] }))
  const { ok, output } = await runTool(root, 'tsc', ['--pretty', 'false', '-p', app])
  return ok ? [] : [`types do not hold where the packages are installed\n${output}`]
}

/**
 * Has every package do what it is for, on some Nodes.
 *
 * @returns What went wrong, and what ran or could not. Where `CI` is set, a Node that cannot be had is wrong.
 */
export async function runSmoke(
  root: string,
  app: string,
  tarballs: readonly Tarball[],
  versions: readonly string[],
): Promise<Verdict> {
  const scripts = join(root, 'scripts', 'smoke')
  const untested = tarballs.filter(({ pkg }) => !existsSync(join(scripts, `${pkg.room}.mjs`)))
  cpSync(scripts, app, { recursive: true })

  const list = tarballs
    .filter((tarball) => !untested.includes(tarball))
    .map(({ pkg }) => ({ room: pkg.room, doors: pkg.doors.map(({ specifier }) => specifier) }))
  const problems = untested.map(
    ({ pkg }) => `${pkg.folder}: nothing shows that it works once packed; write scripts/smoke/${pkg.room}.mjs`,
  )
  const notes: string[] = []
  await mapSome(versions, 2, async (version) => {
    const node = await findNode(version)
    if ('missing' in node) return (process.env.CI ? problems : notes).push(`SKIPPED Node ${version}: ${node.missing}`)
    const { ok, output } = await run(node.path, ['main.mjs', JSON.stringify(list)], { cwd: app, timeoutMs: 60_000 })
    return ok ? notes.push(`Node ${version}`) : problems.push(`on Node ${version}:\n${output}`)
  })
  return { problems, notes: notes.sort() }
}
