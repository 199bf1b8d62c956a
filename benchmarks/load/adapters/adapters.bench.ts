import type { LoadBench } from '../../src/load/subject.ts'
import { onExpress } from './express.ts'
import { onFastify } from './fastify.ts'
import { onNest } from './nest.ts'

/** What everything together costs in a real server. */
export const bench: LoadBench = {
  kind: 'load',
  title: 'Everything under load',
  groups: [onExpress, onFastify, onNest],
}
