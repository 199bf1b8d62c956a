import { type FigureGroup, type FigureSubject, isAtMost, isBetween } from '../../src/figures/group.ts'
import { ask, byHand, type Library, ours, terminus } from './servers.ts'

const CHECKS = 20
const TIMES = 20
const LIMIT_MS = 400
/** Of whoever asks. */
const PATIENCE_MS = 2_000

const ANSWERED = `answers within ${PATIENCE_MS / 1_000} s, in %`
const MIDDLE = 'ms after the limit, median'
const SLOWEST = 'ms after the limit, slowest'

function hangingOf({ name, serve }: Library): FigureSubject {
  return {
    name,
    async measure(scale) {
      const times = Math.max(2, Math.round(TIMES * scale))
      const tookMs: (number | undefined)[] = []
      // What hangs goes on to hang: each time is another first one. One more, so that the code is compiled.
      for (let time = 0; time <= times; time++) {
        const { url, close } = await serve(Array.from({ length: CHECKS }, () => () => new Promise(() => {})))
        const took = await ask(url, PATIENCE_MS)
        if (time > 0) tookMs.push(took)
        await close()
      }
      const sorted = tookMs.map((ms = PATIENCE_MS) => ms - LIMIT_MS).toSorted((a, b) => a - b)
      return {
        [ANSWERED]: (100 * tookMs.filter((ms) => ms !== undefined).length) / times,
        [MIDDLE]: sorted[Math.floor(times / 2)] as number,
        [SLOWEST]: sorted.at(-1) as number,
      }
    },
  }
}

const OURS = 'createHealth'

/** What a health endpoint answers when everything hangs. */
export const hanging: FigureGroup = {
  id: 'hanging',
  title: 'Every check hangs',
  about: `${CHECKS} checks, none of which ever settles, as when a network swallows packets; asked for all details, ${TIMES} times, each of a fresh endpoint and on a connection of its own. The limit of a check is ${LIMIT_MS} ms. Who asks gives up after ${PATIENCE_MS / 1_000} s, which is what no answer counts. The others have no limit.`,
  figures: [ANSWERED, MIDDLE, SLOWEST],
  ours: [hangingOf(ours(OURS, { limitMs: LIMIT_MS }))],
  peers: [hangingOf(terminus), hangingOf(byHand)],
  claims: [
    isBetween(OURS, ANSWERED, 100, 100, 'The endpoint is needed most when something hangs.'),
    isAtMost(
      OURS,
      SLOWEST,
      20,
      'With the limit of 400 ms an answer comes within half a second, on a machine that is busy, too.',
    ),
  ],
}
