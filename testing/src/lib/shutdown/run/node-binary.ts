import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

const LIMIT_MS = 300_000

/**
 * Finds a Node to run subjects with: the newest of a line that the packages promise to run on.
 *
 * The workspace's script knows which those are, and where they come from. It is run, as what belongs to the workspace's
 * gates is imported by nobody else.
 *
 * @param major Such as `20`.
 * @returns Where it is, or why there is none.
 */
export async function nodeBinary(major: number): Promise<{ path: string } | { missing: string }> {
  const script = join(import.meta.dirname, '../../../../../scripts/find-node.ts')
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [script, String(major)], { timeout: LIMIT_MS })
    return { path: stdout.trim() }
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string }
    return { missing: stderr?.trim() || message }
  }
}
