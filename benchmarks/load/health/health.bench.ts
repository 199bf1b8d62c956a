import type { LoadBench } from '../../src/load/subject.ts'
import { busy } from './busy.ts'
import { probes } from './probe.ts'

/** What a probe costs, and who answers one while the process is overloaded. */
export const bench: LoadBench = { kind: 'load', title: 'Probes under load', groups: [probes], figures: [busy] }
