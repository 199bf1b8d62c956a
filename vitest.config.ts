import { defineConfig, type ViteUserConfig } from 'vitest/config'
import projects from './vitest.workspace.ts'

const config: ViteUserConfig = defineConfig({
  test: {
    isolate: true, // said outright, or vitest ends each run with advice against it
    projects,
    maxWorkers: 2, // half of the time is waiting for servers; one worker is what two cores get else
    reporters: ['default', './testing/src/lib/services/skip-reporter.ts', './scripts/closing-line.ts'],
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'], // of each project that runs
      exclude: ['**/*.test.ts'],
      reporter: ['text-summary', 'json-summary'],
    },
  },
})

export default config
