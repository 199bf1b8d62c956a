import { join } from 'node:path'
import { build } from 'esbuild'

/** How a subject is run: from its sources, or from one file that esbuild made of them. */
export type Form = 'source' | 'esm' | 'cjs'

const PACKAGE = join(import.meta.dirname, '../../..')
const SUBJECTS = join(PACKAGE, 'test/loss/subjects')
const ESM_REQUIRE =
  "import { createRequire as createRequireOfSubject } from 'node:module'; const require = createRequireOfSubject(import.meta.url);"

/**
 * Makes what Node runs of a subject.
 *
 * @param subject Its name.
 * @param form In which form.
 * @returns The script.
 */
export async function bundle(subject: string, form: Form): Promise<string> {
  const source = join(SUBJECTS, `${subject}.ts`)
  if (form === 'source') return source
  const outfile = join(PACKAGE, 'node_modules/.cache/loss', `${subject}.${form === 'esm' ? 'mjs' : 'cjs'}`)
  await build({
    entryPoints: [source],
    outfile,
    bundle: true,
    minify: true,
    format: form,
    platform: 'node',
    target: 'node20',
    // What is CommonJS inside requires Node's own modules.
    ...(form === 'esm' ? { banner: { js: ESM_REQUIRE } } : {}),
    logLevel: 'silent',
  })
  return outfile
}
