import { globSync, readdirSync } from 'node:fs'
import type { TestProjectConfiguration } from 'vitest/config'

// The test projects of the workspace, read by vitest.config.ts.

// With COVERAGE set lines are counted and nothing else: what breaks them on purpose, runs in other processes or plays at length what shorter
// tests go through as well, reaches no others.
const BLIND = [
  '*mutants',
  'real*',
  'black-box',
  'nginx*',
  'cluster.integration',
  'systemd*',
  'explore',
  'simulated-redis*',
  'redis-sentinel*',
  'overload',
  'adaptive-limit',
  'loss',
  'linear',
  'canary',
  'nest-11*',
  'prometheus*',
  'operators*',
]
const left = process.env.COVERAGE === undefined ? [] : BLIND.map((name) => `**/${name}.test.ts`)

function project(name: string, root: string): TestProjectConfiguration {
  return {
    extends: true,
    test: {
      name,
      root,
      include: ['src/**/*.test.ts', 'test/**/*.test.ts', '*.test.ts'],
      exclude: ['**/node_modules/**', '**/dist/**', ...left],
      // Bounds what hangs; a real server may take its time on a busy machine.
      testTimeout: 20_000 * Number(process.env.SOAK ?? 1),
      hookTimeout: 60_000,
      // `--typecheck` on the command line does not reach inline projects.
      typecheck: {
        enabled: globSync(`${root}/test/**/*.test-d.ts`).length > 0,
        include: ['test/**/*.test-d.ts'],
        tsconfig: './tsconfig.json',
      },
    },
  }
}

const folders = ['packages', 'examples'].flatMap((parent) => readdirSync(parent).map((name) => `${parent}/${name}`))

const projects: TestProjectConfiguration[] = [...folders, 'testing', 'benchmarks', 'scripts'].map((root) =>
  project(root.replace('packages/', ''), root),
)

export default projects
