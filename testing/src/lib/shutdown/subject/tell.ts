import { writeSync } from 'node:fs'
import type { SubjectLine } from './contract.ts'

/** Tells the harness. Synchronous: whoever exits right after it has said it. */
export function tell(line: SubjectLine): void {
  writeSync(1, `${JSON.stringify(line)}\n`)
}
