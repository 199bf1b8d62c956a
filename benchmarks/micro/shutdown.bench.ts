import type { MicroBench } from '../src/micro/subject.ts'
import { ends } from './shutdown/ends.ts'
import { streams } from './shutdown/http2.ts'
import { lags, loads } from './shutdown/load.ts'
import { sockets } from './shutdown/sockets.ts'
import { transfers } from './shutdown/transfers.ts'

/** What is lost when a process is told to stop. */
export const bench: MicroBench = {
  kind: 'micro',
  title: 'shutdown',
  groups: [],
  figures: [loads, lags, streams, sockets, transfers, ends],
}
