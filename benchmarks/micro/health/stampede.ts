import { setTimeout as sleep } from 'node:timers/promises'
import { type FigureGroup, type FigureSubject, isAtMost } from '../../src/figures/group.ts'
import { ask, byHand, type Library, ours, terminus } from './servers.ts'

const PROBES = 100
const CHECK_MS = 200
const PATIENCE_MS = 10_000

const RUNS = 'runs of the check'
const LAST = 'ms until the last answer'
const AGAIN = 'runs in a second of probes every 10 ms'

function stampede({ name, serve }: Library): FigureSubject {
  return {
    name,
    async measure() {
      let runs = 0
      const { url, close } = await serve([
        () => {
          runs++
          return sleep(CHECK_MS)
        },
      ])
      try {
        // Whatever the first connection of a process costs is paid for.
        await ask(new URL('/nothing', url).href, 1)
        const startMs = performance.now()
        const answers = await Promise.all(Array.from({ length: PROBES }, () => ask(url, PATIENCE_MS)))
        const lastMs = performance.now() - startMs
        if (answers.includes(undefined)) throw new Error(`Cannot compare "${name}" as it did not answer all`)
        const atOnce = runs
        runs = 0
        const steady: Promise<unknown>[] = []
        for (const untilMs = performance.now() + 1_000; performance.now() < untilMs; await sleep(10))
          steady.push(ask(url, PATIENCE_MS))
        await Promise.all(steady)
        return { [RUNS]: atOnce, [LAST]: lastMs, [AGAIN]: runs }
      } finally {
        await close()
      }
    },
  }
}

const OURS = 'createHealth'

/** What many probes make of one check. */
export const stampedes: FigureGroup = {
  id: 'stampede',
  title: `${PROBES} probes at once`,
  about: `A check that takes ${CHECK_MS} ms, such as a slow query, and ${PROBES} probes at the same moment, each on a connection of its own: load balancers, dashboards and kubelets know nothing of each other. Then a probe every 10 ms for a second, for which ours serves what it knows. The probes are sent by the same process, which is part of the time.`,
  figures: [RUNS, LAST, AGAIN],
  ours: [stampede(ours(OURS))],
  peers: [stampede(terminus), stampede(byHand)],
  claims: [
    isAtMost(OURS, RUNS, 1, 'How many ask must not decide how much a dependency is asked.'),
    isAtMost(OURS, LAST, CHECK_MS + 200, 'Nobody should wait much longer than the check takes, connections included.'),
    isAtMost(OURS, AGAIN, 3, 'A result is served for a second, and renewed when half of that is over.'),
  ],
}
