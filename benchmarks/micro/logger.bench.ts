import type { MicroBench } from '../src/micro/subject.ts'
import { children } from './logger/child.ts'
import { disabled } from './logger/disabled.ts'
import { failures } from './logger/failure.ts'
import { firstLines } from './logger/first-line.ts'
import { hook } from './logger/hook.ts'
import { plainLines } from './logger/line.ts'
import { searches } from './logger/search/search.ts'
import { secretLines } from './logger/secrets.ts'

/** What a line costs, what a request costs that writes none, and finding a line among a million. */
export const bench: MicroBench = {
  kind: 'micro',
  title: 'logger',
  groups: [plainLines, firstLines, secretLines, children, failures, disabled],
  figures: [hook, searches],
}
