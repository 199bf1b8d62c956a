import { cpSync, existsSync, symlinkSync } from 'node:fs'
import { basename, join } from 'node:path'
import { createTemporary, type Temporary } from './temporary.ts'

/** What git keeps, and what is measured or stored. */
const LEFT_OUT: ReadonlySet<string> = new Set(['.git', '.cache', '.data', 'coverage', 'results'])

/**
 * Copies a workspace, as built, into a temporary folder, where anything may be done to it. Its members there are the
 * copies; what is installed is shared.
 *
 * @param root The workspace's folder.
 */
export function copyWorkspace(root: string): Temporary {
  const copy = createTemporary('copy')
  const { folder } = copy
  const installed = join(root, 'node_modules')
  cpSync(root, folder, {
    recursive: true,
    // Links between members stay as they are, relative, and so lead to the copies.
    verbatimSymlinks: true,
    filter: (path) => path !== installed && !LEFT_OUT.has(basename(path)),
  })
  if (existsSync(installed)) symlinkSync(installed, join(folder, 'node_modules'), 'junction')
  return copy
}
