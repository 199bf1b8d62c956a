import type { MicroBench } from '../src/micro/subject.ts'
import { coldMisses } from './cache/cold.ts'
import { failures } from './cache/failing.ts'
import { hits } from './cache/hit.ts'
import { misses } from './cache/miss.ts'
import { propagations } from './cache/propagation.ts'
import { sharedReads } from './cache/shared.ts'
import { spaces } from './cache/space.ts'

/** What a cache adds to a read, in each of its layers, and what it holds. */
export const bench: MicroBench = {
  kind: 'micro',
  title: 'cache',
  groups: [...hits, ...misses, ...sharedReads],
  figures: [failures, coldMisses, propagations, spaces],
}
