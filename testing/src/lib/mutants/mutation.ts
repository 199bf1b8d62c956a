import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Plugin } from 'esbuild'

/** A small change of a source file. */
export interface Edit {
  /** In the folder of the {@link Mutation}. */
  readonly file: string
  /** What is there, exactly once. */
  readonly from: string
  /** What is there instead. */
  readonly to: string
}

/** Changes of sources. */
export interface Mutation {
  /** Where the sources are. */
  readonly folder: string
  /** What is changed, in this order. */
  readonly edits: readonly Edit[]
}

/**
 * Puts changes into what is bundled, and nowhere else.
 *
 * @param mutation The changes.
 * @throws {Error} If what is to be changed is not there, or more than once. A build fails if a file that is to be changed is no
 *   part of it.
 */
export function mutate(mutation: Mutation): Plugin {
  const texts = applyEdits(mutation)
  return {
    name: 'mutate',
    setup({ onLoad, onEnd }) {
      onLoad({ filter: /\.ts$/ }, ({ path }) => {
        const text = texts.get(path)
        texts.delete(path)
        return text === undefined ? undefined : { contents: text, loader: 'ts' }
      })
      onEnd(() => ({ errors: [...texts.keys()].map((path) => ({ text: `Expected ${path} to be a part of this` })) }))
    },
  }
}

/**
 * Makes changes, and keeps them to itself.
 *
 * @param mutation The changes.
 * @returns The changed files by their paths.
 * @throws {Error} If what is to be changed is not there, or more than once.
 */
export function applyEdits({ folder, edits }: Mutation): Map<string, string> {
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
  return texts
}
