import { join } from 'node:path'
import { buildPackages } from './lib/build.ts'
import type { Gate, Verdict } from './lib/gate.ts'
import { NODES } from './lib/nodes.ts'
import { runQuickstarts } from './lib/quickstarts.ts'
import { mapSome, runTool } from './lib/run.ts'
import { installAsUser, runSmoke, typeCheckAsUser } from './lib/smoke.ts'
import { pack, type Tarball, tarballProblems } from './lib/tarball.ts'
import { createTemporary } from './lib/temporary.ts'
import { readPackages } from './lib/workspace.ts'

/**
 * Looks at every package as its users get it: packs it, has the tarball linted, installs it in an empty folder, loads
 * each door by import and by require, and has it do what it is for, on every Node that is promised. Then it runs the
 * quickstarts with them.
 */
export const packages: Gate = {
  name: 'packages',
  check: (root) => checkTarballs(root, NODES),
}

/**
 * The gate, on some Nodes only.
 *
 * @param root The workspace's folder.
 * @param nodes Exact versions.
 */
export async function checkTarballs(root: string, nodes: readonly string[]): Promise<Verdict> {
  const unbuilt = await buildPackages(root)
  if (unbuilt.length > 0) return { problems: unbuilt }
  const { folder, remove } = createTemporary('packages')
  try {
    const packed = await mapSome(readPackages(root), 2, (pkg) => pack(root, pkg, folder))
    const tarballs = packed.filter((each) => typeof each !== 'string')
    const problems = packed.filter((each) => typeof each === 'string')
    problems.push(...(await mapSome(tarballs, 2, (tarball) => lintTarball(root, tarball))).flat())

    const notes: string[] = []
    const app = join(folder, 'app')
    const installed = await installAsUser(app, tarballs)
    if (installed.length > 0) return { problems: [...problems, ...installed] }
    problems.push(...(await typeCheckAsUser(root, app, tarballs)))
    for (const { problems: failures, notes: ran = [] } of [
      await runSmoke(root, app, tarballs, nodes),
      await runQuickstarts(root, app),
    ]) {
      problems.push(...failures)
      notes.push(...ran)
    }
    return { problems, notes }
  } finally {
    remove()
  }
}

async function lintTarball(root: string, tarball: Tarball): Promise<readonly string[]> {
  const { specifier, file } = tarball
  const publint = await runTool(root, 'publint', ['--strict', file])
  const attw = await runTool(root, 'attw', ['--no-emoji', '--no-color', file])
  return [
    ...tarballProblems(tarball),
    ...(publint.ok ? [] : [`${specifier}: publint says\n${publint.output}`]),
    ...(attw.ok ? [] : [`${specifier}: attw says\n${attw.output}`]),
  ]
}
