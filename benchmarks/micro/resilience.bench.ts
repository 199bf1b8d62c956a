import type { MicroBench } from '../src/micro/subject.ts'
import { closedCircuits } from './resilience/closed.ts'
import { crowds } from './resilience/crowd.ts'
import { failures } from './resilience/failing.ts'
import { limits } from './resilience/limit.ts'
import { outages } from './resilience/outage.ts'
import { pipelines } from './resilience/pipeline.ts'
import { refusals } from './resilience/refused.ts'

/** What policies add to a call, and what they hold. */
export const bench: MicroBench = {
  kind: 'micro',
  title: 'resilience',
  groups: [...closedCircuits, ...refusals, ...failures, ...pipelines],
  figures: [crowds, outages, limits],
}
