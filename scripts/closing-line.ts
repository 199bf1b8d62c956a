import type { Reporter, TestModule } from 'vitest/node'

/** Ends a run with one line that says how many tests there were, and how many of them did not run. */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const count = { passed: 0, failed: 0, skipped: 0, pending: 0 }
    for (const module of modules) for (const test of module.children.allTests()) count[test.result().state]++
    const { passed, skipped, pending } = count
    // What breaks outside a test, such as a file that does not load, fails the run, so it counts here as well.
    const failed = count.failed + errors.length + modules.filter((module) => module.errors().length > 0).length
    process.once('exit', () =>
      process.stdout.write(`RESULT: ${passed} passed, ${failed} failed, ${skipped + pending} skipped\n`),
    )
  }
}
