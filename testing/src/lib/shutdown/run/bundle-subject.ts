import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { build } from 'esbuild'
import { type Mutation, mutate } from '../../mutants/mutation.ts'

/**
 * Makes one file of a subject that every Node can run, the oldest and the newest: TypeScript is none of Node 20's.
 * What it needs comes from the workspace's sources, so it is never older than they are.
 *
 * @param script The subject's script.
 * @param mutation Faults on purpose, to see that they are found.
 * @returns The file, in a cache folder of its package, for {@link Subject.script}.
 */
export async function bundleSubject(script: string, mutation?: Mutation): Promise<string> {
  const unique = createHash('sha256')
    .update(JSON.stringify([script, mutation]))
    .digest('hex')
    .slice(0, 8)
  const outfile = join(packageOf(script), 'node_modules/.cache/subjects', `${basename(script, '.ts')}-${unique}.mjs`)
  await build({
    entryPoints: [script],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    // What is CommonJS inside requires Node's own modules.
    banner: {
      js: "import { createRequire as createRequireOfSubject } from 'node:module'; const require = createRequireOfSubject(import.meta.url);",
    },
    logLevel: 'silent',
    plugins: mutation === undefined ? [] : [mutate(mutation)],
  })
  return outfile
}

function packageOf(file: string): string {
  const folder = dirname(file)
  return existsSync(join(folder, 'package.json')) || folder === dirname(folder) ? folder : packageOf(folder)
}
