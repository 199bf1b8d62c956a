import type { MicroBench } from '../src/micro/subject.ts'
import { record } from './metrics/record.ts'
import { scrapes } from './metrics/scrape.ts'

/** What counting costs, and what reading does. What both cost a server is in `load/metrics`. */
export const bench: MicroBench = { kind: 'micro', title: 'metrics', groups: [], figures: [record, scrapes] }
