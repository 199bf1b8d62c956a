import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A folder of one's own. */
export interface Temporary {
  /** Absolute path. */
  readonly folder: string
  /** Removes it with everything in it. */
  remove(): void
}

const folders = new Set<string>()
process.once('exit', () => folders.forEach(removeFolder))

/**
 * Makes a temporary folder, which is gone at the latest when this process exits.
 *
 * @param purpose A word in its name, for who finds it.
 */
export function createTemporary(purpose: string): Temporary {
  const folder = mkdtempSync(join(tmpdir(), `breakwater-${purpose}-`))
  folders.add(folder)
  return { folder, remove: () => removeFolder(folder) }
}

function removeFolder(folder: string): void {
  // What was ended a moment ago may still be writing.
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  folders.delete(folder)
}
