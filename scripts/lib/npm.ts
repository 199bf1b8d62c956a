import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type Outcome, type RunOptions, run } from './run.ts'

/**
 * Runs npm or npx on the Node that it came with. On the one that runs the gates it would look for this machine's
 * settings (a mirror, a certificate) in another place, and find none.
 *
 * @param name Which.
 * @param args Its arguments.
 * @param options Where and how long.
 */
export function runNpm(name: 'npm' | 'npx', args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const path = process.env.PATH ?? ''
  const home = path.split(delimiter).find((folder) => existsSync(join(folder, name))) ?? ''
  return run(name, args, {
    ...options,
    env: { ...options.env, PATH: [home, path].filter((part) => part !== '').join(delimiter) },
  })
}
