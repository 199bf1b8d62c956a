import type { Reporter, TestModule } from 'vitest/node'

/** Variable by which this reporter tells the test workers that it is there. */
export const REPORTED = 'BREAKWATER_SKIPS_REPORTED'

/** Says once, at the end of a run and loudly, which tests did not run for want of something, and of what. */
export default class SkipReporter implements Reporter {
  constructor() {
    process.env[REPORTED] = '1'
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    const counts = new Map<string, number>()
    for (const module of modules) {
      for (const test of module.children.allTests('skipped')) {
        const result = test.result()
        const note = result.state === 'skipped' ? result.note : undefined
        if (note !== undefined) counts.set(note, (counts.get(note) ?? 0) + 1)
      }
    }
    for (const [note, count] of counts) process.stderr.write(`\nSKIPPED ${count} TESTS: ${note}\n\n`)
  }
}
