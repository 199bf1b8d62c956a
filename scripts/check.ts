import { join } from 'node:path'
import { api } from './check-api.ts'
import { architecture } from './check-architecture.ts'
import { blocks } from './check-blocks.ts'
import { conformance } from './check-conformance.ts'
import { coverage } from './check-coverage.ts'
import { docs } from './check-docs.ts'
import { lint } from './check-lint.ts'
import { packages } from './check-packages.ts'
import { release } from './check-release.ts'
import { repository } from './check-repository.ts'
import { size } from './check-size.ts'
import { types } from './check-types.ts'
import type { Gate, Verdict } from './lib/gate.ts'

// Runs every gate, or those named, and says how each went:
//
//   node scripts/check.ts [--update] [name …]
//
// --update writes anew what the blocks, api and size gates compare with. The coverage gate takes its lines from COVERAGE_FOLDER,
// if a run of all tests has left them there.

/** Two at a time, as half of what they do is waiting. Quick ones come first. */
const LANES: readonly (readonly Gate[])[] = [
  [architecture, repository, blocks, types, api, size, release, conformance],
  [coverage, lint, docs, packages],
]
const GATES = LANES.flat()

const args = process.argv.slice(2)
const update = args.includes('--update')
const names = args.filter((arg) => arg !== '--update')
const unknown = names.filter((name) => !GATES.some((gate) => gate.name === name))
if (unknown.length > 0) {
  console.error(`There is no gate "${unknown.join('", "')}", only ${GATES.map(({ name }) => name).join(', ')}`)
  process.exit(2)
}

// Commands under way are in groups of their own, which a terminal's Ctrl-C does not reach: they end when this exits.
process.once('SIGINT', () => process.exit(130))
process.once('SIGTERM', () => process.exit(143))

const root = join(import.meta.dirname, '..')
const startedAt = performance.now()
let failed = 0
const isChosen = ({ name }: Gate): boolean => names.length === 0 || names.includes(name)
await Promise.all(LANES.map((lane) => pass(lane.filter(isChosen))))
const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
console.log(`CHECK: ${GATES.filter(isChosen).length - failed} gates passed, ${failed} failed, in ${seconds} s`)
process.exitCode = failed > 0 ? 1 : 0

async function pass(gates: readonly Gate[]): Promise<void> {
  for (const gate of gates) {
    const gateStartedAt = performance.now()
    const { problems, notes = [] } = await judge(gate)
    const seconds = ((performance.now() - gateStartedAt) / 1000).toFixed(1)
    if (problems.length > 0) failed++
    const sign = problems.length === 0 ? 'ok  ' : 'FAIL'
    console.log(`${sign} ${gate.name.padEnd(12)} ${seconds.padStart(6)} s  ${notes.join(', ')}`)
    for (const problem of problems) console.log(`     ${problem.replaceAll('\n', '\n     ')}`)
  }
}

async function judge(gate: Gate): Promise<Verdict> {
  try {
    return await gate.check(root, { update, coverageFolder: process.env.COVERAGE_FOLDER })
  } catch (error) {
    return { problems: [`broke: ${error instanceof Error ? error.stack : String(error)}`] }
  }
}
