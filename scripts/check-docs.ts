import type { Gate } from './lib/gate.ts'
import { runTool } from './lib/run.ts'

/** Everything that a door exports is documented, and every link leads somewhere. Writes `docs/api`, as `pnpm docs:build` does. */
export const docs: Gate = {
  name: 'docs',
  async check(root) {
    const { ok, output } = await runTool(root, 'typedoc', ['--logLevel', 'Warn'])
    return { problems: ok ? [] : output.split('\n') }
  },
}
