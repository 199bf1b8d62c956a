import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Gate } from './lib/gate.ts'
import { runTool } from './lib/run.ts'

/** What is compiled with options of its own. */
const OTHERS = ['examples/nest-quickstart/tsconfig.json']

/**
 * Type-checks everything, and the published sources once more by themselves: with no newer library than the oldest Node
 * in `engines` has, and with every exported type said outright.
 */
export const types: Gate = {
  name: 'types',
  async check(root) {
    const others = OTHERS.filter((file) => existsSync(join(root, file)))
    const projects = ['tsconfig.json', 'tsconfig.sources.json', ...others]
    const outcomes = await Promise.all(
      projects.map((project) => runTool(root, 'tsc', ['--noEmit', '--pretty', 'false', '-p', project])),
    )
    const lines = outcomes.flatMap(({ ok, output }) => (ok ? [] : asProblems(output)))
    return { problems: [...new Set(lines)] }
  },
}

/** An error may go on over several lines, which are indented. */
function asProblems(output: string): readonly string[] {
  return output.split(/\n(?! )/)
}
