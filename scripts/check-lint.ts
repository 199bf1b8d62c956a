import type { Gate } from './lib/gate.ts'
import { runTool } from './lib/run.ts'

/** Lint, format and order of imports: what `pnpm format` puts right by itself, and what it cannot. */
export const lint: Gate = {
  name: 'lint',
  async check(root) {
    const { ok, output } = await runTool(root, 'biome', [
      'ci',
      '--colors=off',
      '--error-on-warnings',
      '--max-diagnostics=50',
      '.',
    ])
    return { problems: ok ? [] : [output] }
  },
}
