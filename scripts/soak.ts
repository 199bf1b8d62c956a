import { spawnSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

// Runs the tests that have a long version, in that:
//
//   pnpm test:soak [times]
//
// A randomised test multiplies its runs by SOAK: `{ numRuns: 300 * Number(process.env.SOAK ?? 1) }`. What a run finds is
// reported with its seed, as always.

const root = join(import.meta.dirname, '..')
const times = process.argv[2] ?? '20'
if (!/^[1-9]\d*$/.test(times)) {
  console.error(`soak: Expected how many times as long to run, a positive integer, got "${times}"`)
  process.exit(2)
}

const tests = globSync('{packages,examples,testing,benchmarks,scripts}/**/*.test.ts', {
  cwd: root,
  exclude: (path) => /(^|[\\/])(node_modules|dist)$/.test(path),
})
const soaking = tests.filter((file) => readFileSync(join(root, file), 'utf8').match(/\bSOAK\b/) !== null)
if (soaking.length === 0) {
  console.error('soak: no test speaks of SOAK, so there is nothing to run')
  process.exit(1)
}

console.log(`soak: ${soaking.length} files, ${times} times as long`)
const { status, error } = spawnSync(join(root, 'node_modules', '.bin', 'vitest'), ['run', ...soaking], {
  cwd: root,
  env: { ...process.env, SOAK: times },
  stdio: 'inherit',
})
if (error) console.error(`soak: ${error.message}`)
process.exitCode = status ?? 1
