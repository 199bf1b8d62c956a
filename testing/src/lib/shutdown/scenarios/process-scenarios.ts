import type { SubjectLine } from '../subject/contract.ts'
import type { Scenario, Stage } from './scenario.ts'

const PATIENCE_MS = 300

/** Signals at moments at which nothing is served. */
export const PROCESS_SCENARIOS: readonly Scenario[] = [
  {
    name: 'second-signal',
    about: 'a hook that never ends, and 300 ms later a second signal',
    env: { SUBJECT_HOOK: 'hang' },
    isLossy: false,
    async play(stage) {
      await stage.endpoint('http1')
      stage.signal()
      await stage.sleep(PATIENCE_MS)
      if (!stage.over.aborted) stage.signal()
    },
  },
  {
    name: 'start-loaded',
    about: 'a signal as soon as there is something to hear it',
    env: { SUBJECT_START: 'slow' },
    isLossy: false,
    async play(stage) {
      await reach(stage, 'loaded')
      stage.signal()
    },
  },
  {
    name: 'start-pending',
    about: 'a signal in the middle of a slow start, before it listens',
    env: { SUBJECT_START: 'slow' },
    isLossy: false,
    async play(stage) {
      await reach(stage, 'starting')
      await stage.sleep(PATIENCE_MS / 3)
      stage.signal()
    },
  },
  {
    name: 'start-ready',
    about: 'a signal as soon as it listens',
    isLossy: false,
    async play(stage) {
      await stage.endpoint('http1')
      stage.signal()
    },
  },
]

async function reach(stage: Stage, name: 'loaded' | 'starting'): Promise<void> {
  await stage.child.line((line): line is SubjectLine => 'stage' in line && line.stage === name)
}
