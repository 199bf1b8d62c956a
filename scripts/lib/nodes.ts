import { runNpm } from './npm.ts'

/** Every Node that the packages promise to run on: the oldest there is, and the newest of each line. */
export const NODES: readonly string[] = ['20.19.0', '20.20.2', '22.23.3', '24.21.0', '26.10.0']

/**
 * Finds the official build of a Node in npm's cache, or gets it from npm's registry into that.
 *
 * @param version Exact.
 * @returns Where it is, or why there is none.
 */
export async function findNode(version: string): Promise<{ path: string } | { missing: string }> {
  if (process.version === `v${version}`) return { path: process.execPath }
  const build = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}@${version}`
  const args = [
    '--yes',
    '--loglevel=error',
    `--package=${build}`,
    '--',
    'node',
    '-p',
    'process.version + process.execPath',
  ]
  const { ok, stdout, output } = await runNpm('npx', args, { timeoutMs: 300_000 })
  if (ok && stdout.startsWith(`v${version}`)) return { path: stdout.trim().slice(version.length + 1) }
  const why = output.split('\n').find((line) => /error/i.test(line)) ?? output
  return { missing: `npx cannot get ${build}: ${why}` }
}
