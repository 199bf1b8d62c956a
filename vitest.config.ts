import { defineConfig, type ViteUserConfig } from 'vitest/config'
import projects from './vitest.workspace.ts'

const config: ViteUserConfig = defineConfig({
  test: {
    isolate: true, // said outright, or vitest ends each run with advice against it
    projects,
    maxWorkers: 2, // half of the time is waiting for servers; one worker is what two cores get else
    reporters: ['default', './testing/src/lib/services/skip-reporter.ts', './scripts/closing-line.ts'],
    coverage: {
      // Where what tests pass through is written down: .ci/run has it of the one run of all tests.
      enabled: process.env.COVERAGE_FOLDER !== undefined,
      reportsDirectory: process.env.COVERAGE_FOLDER ?? 'coverage',
      provider: 'v8',
      include: ['packages/*/src/**/*.ts'],
      exclude: ['**/*.test.ts'],
      reporter: ['text-summary', 'json-summary'],
    },
  },
})

export default config
