import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { build } from 'esbuild'

/** A small change of a source file. */
export interface Edit {
  /** In the folder that is imported from. */
  readonly file: string
  /** What is there, exactly once. */
  readonly from: string
  /** What is there instead. */
  readonly to: string
}

/**
 * Imports sources as one module of its own, with changes: a test that passes with a fault does not look at what is faulty.
 *
 * Only what is imported by relative paths is bundled or changed; packages are those of the caller, as far as Node finds them.
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
  const texts = new Map<string, string>()
  for (const { file, from, to } of edits) {
    const path = resolve(folder, file)
    const text = texts.get(path) ?? readFileSync(path, 'utf8')
    const places = text.split(from).length - 1
    if (places !== 1) throw new Error(`Expected one place in ${file} with ${JSON.stringify(from)}, got ${places}`)
    texts.set(
      path,
      text.replace(from, () => to),
    )
  }
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: folder, sourcefile: join(folder, 'mutated.ts'), loader: 'ts' },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    logLevel: 'silent',
    plugins: [
      {
        name: 'mutate',
        setup({ onLoad }) {
          onLoad({ filter: /\.ts$/ }, ({ path }) => {
            const text = texts.get(path)
            texts.delete(path)
            return text === undefined ? undefined : { contents: text, loader: 'ts' }
          })
        },
      },
    ],
  })
  const [unused] = texts.keys()
  if (unused !== undefined) throw new Error(`Expected ${unused} to be imported, as it is to be changed`)
  return import(/* @vite-ignore */ `data:text/javascript,${encodeURIComponent(outputFiles[0]?.text ?? '')}`)
}
