import type { MicroBench } from '../src/micro/subject.ts'
import { clocks } from './core/clock.ts'
import { errors } from './core/errors.ts'
import { events } from './core/events.ts'
import { histograms } from './core/histogram.ts'
import { hooks } from './core/hooks.ts'
import { measures } from './core/measure.ts'
import { operations } from './core/operation.ts'

/** What the words that every package shares cost each time they are used. */
export const bench: MicroBench = {
  kind: 'micro',
  title: 'core',
  groups: [...events, ...measures, ...histograms, ...clocks, ...operations, ...errors, ...hooks],
}
