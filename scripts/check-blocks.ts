/**
 * Keeps what Markdown shows true: code blocks are copies of files that are type-checked and run, and tables of options are
 * made from the docstrings. `--update` writes them anew.
 *
 *     <!-- code: examples/snippets/src/events.ts -->      the file, or its part between `// #region` and `// #endregion`
 *     <!-- options: packages/core/src/lib/measure.ts HistogramOptions -->
 *     <!-- end -->
 */
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Gate } from './lib/gate.ts'
import { toOptionsTable } from './lib/options-table.ts'

/** What Markdown shows is what stands in the sources. */
export const blocks: Gate = {
  name: 'blocks',
  check: async (root, options) => ({ problems: checkBlocks(root, options) }),
}

const BLOCK = /<!-- (code|options): (\S+)(?: (\S+))? -->\n[\s\S]*?<!-- end -->/g

/**
 * Compares every generated block under a folder with its source.
 *
 * @param root The folder.
 * @param options Whether to write instead.
 * @returns One line per block that is out of date.
 */
export function checkBlocks(
  root: string,
  { update = false }: { readonly update?: boolean | undefined } = {},
): string[] {
  const problems: string[] = []
  const pages = globSync(
    ['*.md', 'docs/**/*.md', 'packages/*/README.md', 'examples/*/README.md', 'testing/*.md', 'benchmarks/*.md'],
    {
      cwd: root,
      exclude: (name) => name === 'node_modules',
    },
  )
  for (const page of pages) {
    const path = join(root, page)
    const text = readFileSync(path, 'utf8')
    const next = text.replace(BLOCK, (block, kind: string, file: string, name = '') => {
      const made = `<!-- ${kind}: ${[file, name].join(' ').trim()} -->\n${make(root, kind, file, name)}<!-- end -->`
      if (made !== block && !update)
        problems.push(`${page}: its block of ${file} is out of date; run \`pnpm check blocks --update\``)
      return made
    })
    if (update && next !== text) writeFileSync(path, next)
  }
  return problems
}

function make(root: string, kind: string, file: string, name: string): string {
  const source = readFileSync(join(root, file), 'utf8')
  if (kind === 'options') return toOptionsTable(source, file, name)
  const [, region = source] = source.match(/\/\/ #region.*\n([\s\S]*?)\/\/ #endregion/) ?? []
  return `\`\`\`ts\n${region.trim()}\n\`\`\`\n`
}
