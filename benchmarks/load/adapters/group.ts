import { type Claim, costsAtMost } from '../../src/claims.ts'
import type { LoadGroup, LoadSubject, Served } from '../../src/load/subject.ts'
import { load } from '../hooks/task.ts'
import { COUNTED, createEverything, type Everything } from './everything.ts'

/** What differs between frameworks. */
export interface FrameworkBench {
  readonly id: string
  readonly title: string
  readonly about: string
  /** Name of the framework alone. */
  readonly floor: string
  /**
   * Makes the server, ready to listen.
   *
   * @param everything What to mount on it, if anything.
   */
  serve(everything: Everything | undefined): Promise<Served['server']>
}

const EVERYTHING = 'everything, no lines'
const WITH_LINES = 'everything, a line for each request'

const claims = (floor: string): readonly Claim[] => [
  costsAtMost(EVERYTHING, 1.08, floor, 'What nobody should have to weigh: metrics promise 5 % of it, tracing 3 %.'),
  costsAtMost(WITH_LINES, 1.2, floor, 'A line for each request should be no question of money, all else included.'),
]

/**
 * Makes the group of a framework.
 *
 * @param framework What is its own.
 */
export function toGroup({ id, title, about, floor, serve }: FrameworkBench): LoadGroup {
  const bare: LoadSubject = { name: floor, create: async () => ({ server: await serve(undefined) }) }
  const ours = (name: string, hasLines: boolean): LoadSubject => ({
    name,
    workPerRequest: COUNTED + (hasLines ? 1 : 0),
    async create() {
      const everything = createEverything(hasLines)
      const server = await serve(everything)
      everything.closeWith(server)
      return { server, work: everything.work }
    },
  })
  return {
    id,
    title,
    about,
    floor: bare,
    ours: [ours(EVERYTHING, false), ours(WITH_LINES, true)],
    peers: [],
    load,
    toleranceRatio: 0.04,
    claims: claims(floor),
  }
}
