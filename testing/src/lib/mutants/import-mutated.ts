import { build } from 'esbuild'
import { type Edit, mutate } from './mutation.ts'

/**
 * Imports sources as one module of its own, with changes: a test that passes with a fault does not look at what is faulty.
 *
 * @param folder Where the sources are.
 * @param contents What the module exports, such as `export { a } from './a.ts'`.
 * @param edits The changes.
 * @throws {Error} If what is to be changed is not there, or more than once, or in a file that is not imported.
 */
export async function importMutated<module>(
  folder: string,
  contents: string,
  edits: readonly Edit[] = [],
): Promise<module> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: folder, loader: 'ts' },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    logLevel: 'silent',
    plugins: [mutate({ folder, edits })],
  })
  return import(/* @vite-ignore */ `data:text/javascript,${encodeURIComponent(outputFiles[0]?.text ?? '')}`)
}
