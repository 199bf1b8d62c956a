import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster } from 'task-server/cluster/cluster.ts'
import type { Promises } from './check/evidence.ts'
import { machineNow } from './clock.ts'
import type { Stretch } from './messages.ts'
import { type RubbishReport, sendRubbish } from './rubbish.ts'
import type { ProveSettings } from './settings.ts'

/** What an act works with. */
export interface Stage {
  readonly cluster: Cluster
  readonly settings: ProveSettings
  /** When the run begins, by the machine's clock. */
  readonly startAtMs: number
  /** Says what was done, for the charts and the terminal. */
  mark(text: string): void
  /** Waits until so many seconds of the run are over. */
  until(seconds: number): Promise<void>
}

/** What an act left behind. */
export interface ActReport {
  /** What was promised meanwhile, where that is less than always. */
  readonly promises?: Partial<Promises>
  /** How the instance ended that was replaced, and after how long the next one was ready. */
  readonly replaced?: { readonly how: number | string; readonly tookMs: number; readonly readyInMs: number }
  readonly rubbish?: RubbishReport
}

/** One run under its own conditions. */
export interface Phase {
  /** For the command line. */
  readonly id: string
  readonly title: string
  /** What happens, and what is to be seen. */
  readonly about: string
  /** Instances behind nginx. */
  readonly instances: 1 | 3
  /** How much is asked, and when. */
  stretches(settings: ProveSettings): readonly Stretch[]
  /** What is done meanwhile. @defaultValue nothing */
  act?(stage: Stage): Promise<ActReport>
  /** Whether every request has to get an answer, be it a refusal. @defaultValue `false` */
  readonly losesNothing?: boolean
}

/** Documented with the task server's cache. */
export const SEEN_MS = 250
/** While Redis is away, each instance serves nothing that is over a second old. */
const CUT_OFF_MS = 1_000 + SEEN_MS
/** After it is back, "a second or two" go by until all were told. */
const TOLD_MS = 2_500

const steady = ({ ratePerSecond, seconds }: ProveSettings): readonly Stretch[] => [
  { ratePerSecond, durationMs: seconds * 1_000 },
]

const quarter = ({ ratePerSecond, seconds }: ProveSettings): readonly Stretch[] => [
  { ratePerSecond: ratePerSecond / 4, durationMs: seconds * 1_000 },
]

/** When something is done, as a share of the run. */
const AFTER = 0.2

/** All of them, in their order. */
export const PHASES: readonly Phase[] = [
  {
    id: 'quarter',
    title: 'One instance, a quarter of the load',
    about: 'One instance behind nginx, and nothing happens: what it is like where the machine has room.',
    instances: 1,
    stretches: quarter,
  },
  {
    id: 'one',
    title: 'One instance',
    about: 'One instance behind nginx, and nothing happens.',
    instances: 1,
    stretches: steady,
  },
  {
    id: 'base',
    title: 'Three instances',
    about: 'Three instances behind nginx, and nothing happens.',
    instances: 3,
    stretches: steady,
  },
  {
    id: 'redis',
    title: 'Redis is killed, and comes back',
    about: 'SIGKILL; then it starts again with what it had on its disk. Each instance goes on by itself meanwhile.',
    instances: 3,
    stretches: steady,
    async act({ cluster: { redis }, settings, mark, until }) {
      if (redis === undefined) throw new Error('Expected the cluster to have a Redis of its own')
      const fromSeconds = AFTER * settings.seconds
      await until(fromSeconds)
      const fromMs = machineNow()
      await redis.kill()
      mark('Redis is killed')
      await until(fromSeconds + settings.awaySeconds)
      const backMs = machineNow()
      await redis.restart()
      mark('Redis is back')
      return { promises: { cutOff: { fromMs, backMs, toMs: machineNow() + TOLD_MS, seenMs: CUT_OFF_MS } } }
    },
  },
  {
    id: 'postgres',
    title: 'PostgreSQL does not answer',
    about:
      'All its processes are stopped by SIGSTOP, and go on after that: connections stay open, and nobody answers. What is in the cache is still read.',
    instances: 3,
    stretches: steady,
    async act({ cluster: { postgres }, settings, mark, until }) {
      if (postgres === undefined) throw new Error('Expected the cluster to have a PostgreSQL of its own')
      const fromSeconds = AFTER * settings.seconds
      await until(fromSeconds)
      await postgres.pause()
      mark('PostgreSQL is stopped')
      try {
        await until(fromSeconds + settings.awaySeconds)
      } finally {
        await postgres.resume()
      }
      mark('PostgreSQL goes on')
      return {}
    },
  },
  {
    id: 'replace',
    title: 'An instance is replaced',
    about:
      'The next process listens on the same port, then the old one gets SIGTERM. nginx hears of nothing, and may not try a second time (`proxy_next_upstream off`).',
    instances: 3,
    stretches: steady,
    losesNothing: true,
    async act({ cluster, settings, mark, until }) {
      await until(AFTER * settings.seconds)
      mark('The next process starts')
      const { port } = cluster.instances[0] ?? {}
      const { instance, end } = await cluster.replace(0)
      mark(`The old process ended with ${end.how}`)
      return { promises: { shared: `127.0.0.1:${port}` }, replaced: { ...end, readyInMs: instance.readyInMs } }
    },
  },
  {
    id: 'overload',
    title: 'Three times the load',
    about: 'What is asked triples for half of the time. What there is no time for is refused; the rest is answered.',
    instances: 3,
    stretches: ({ ratePerSecond, seconds, overload }) => [
      { ratePerSecond, durationMs: seconds * 200 },
      { ratePerSecond: overload * ratePerSecond, durationMs: seconds * 500 },
      { ratePerSecond, durationMs: seconds * 300 },
    ],
    async act({ settings, mark, until }) {
      await until(0.2 * settings.seconds)
      mark(`${settings.overload} times the load`)
      await until(0.7 * settings.seconds)
      mark('As before')
      return {}
    },
  },
  {
    id: 'rubbish',
    title: 'Clients send rubbish',
    about:
      'Beside the same load: broken heads and bodies, wrong lengths, JSON and frames that are none, to nginx and past it to the instances.',
    instances: 3,
    stretches: steady,
    async act({ cluster, settings, mark, until }) {
      await until(0)
      mark('Rubbish')
      const urls = [cluster.url, ...cluster.instances.map(({ url }) => url)]
      const rubbish = await sendRubbish(urls, settings.rubbishPerSecond, settings.seconds * 900, 1)
      return { rubbish }
    },
  },
  {
    id: 'after',
    title: 'After all that',
    about: 'The same three instances, and nothing happens any more: what memory do they hold now?',
    instances: 3,
    stretches: steady,
  },
]

/** Makes `until` of a stage. */
export function waitFrom(startAtMs: number): Stage['until'] {
  return async (seconds) => void (await sleep(Math.max(0, startAtMs + seconds * 1_000 - machineNow())))
}
