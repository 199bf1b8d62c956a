import type { MicroBench } from '../src/micro/subject.ts'
import { hanging } from './health/hanging.ts'
import { stampedes } from './health/stampede.ts'

/** What a health endpoint does when it matters. What it costs, and who is alive when busy, is in `load/health`. */
export const bench: MicroBench = { kind: 'micro', title: 'health', groups: [], figures: [stampedes, hanging] }
