import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { rehearse } from './lib/rehearsal.ts'
import { run } from './lib/run.ts'

// Publishes every package whose version npm does not have yet, after all gates have passed:
//
//   pnpm release
//   pnpm release --dry-run   says what the waiting changesets would publish; needs no network, and changes nothing but dist/
//
// Versions are raised by `changeset version`, which the release workflow proposes as a pull request.

const root = join(import.meta.dirname, '..')
process.once('SIGINT', () => process.exit(130))
process.once('SIGTERM', () => process.exit(143))
try {
  if (process.argv.includes('--dry-run')) for (const line of await rehearse(root)) console.log(line)
  else await publish()
} catch (error) {
  console.error(`release: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
}

async function publish(): Promise<void> {
  const { ok, stdout } = await run('git', ['status', '--porcelain'], { cwd: root })
  if (!ok) throw new Error('Cannot publish as this is no git checkout')
  if (stdout !== '') throw new Error(`Cannot publish as something is not committed:\n${stdout}`)
  // The packages gate leaves the very builds that were tested in dist/.
  passOn(process.execPath, ['scripts/check.ts'])
  const provenance = process.env.GITHUB_ACTIONS ? { NPM_CONFIG_PROVENANCE: 'true' } : {}
  passOn(join(root, 'node_modules', '.bin', 'changeset'), ['publish'], provenance)
}

/** Runs a step with its output shown; its failure ends the release. */
function passOn(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): void {
  const { status, error } = spawnSync(command, args, { cwd: root, env: { ...process.env, ...env }, stdio: 'inherit' })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${error?.message ?? status}`)
}
