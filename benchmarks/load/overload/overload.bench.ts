import type { LoadBench } from '../../src/load/subject.ts'
import { hook } from './hook.ts'
import { idleness } from './idle.ts'
import { cpu, mixed, pool } from './loads.ts'

/** What is left of a server that is asked too much. */
export const bench: LoadBench = {
  kind: 'load',
  title: 'Overload',
  groups: [],
  figures: [cpu, pool, mixed, hook, idleness],
}
