import { createHook } from 'node:async_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type CircuitBreaker,
  type CircuitBreakerOptions,
  createCircuitBreaker,
  createCircuitBreakerRegistry,
} from '@breakwater/resilience'
import { type CircuitBreakerPolicy, ConsecutiveBreaker, CountBreaker, type IBreaker, SamplingBreaker } from 'cockatiel'
import { type FigureClaim, type FigureGroup, type FigureSubject, isAtMost } from '../../src/figures/group.ts'
import { heldBytes } from '../../src/micro/held-bytes.ts'
import { call } from './calls.ts'
import { createCockatiel, createOpossum, type Opossum } from './peers.ts'

/** How many there are. */
const COUNT = 10_000
const IDLE_MS = 3_000
const WINDOW_CALLS = 100
const WINDOW_MS = 10_000

const NEW = 'bytes each, new'
const USED = 'bytes each, used once'
const TIMERS = 'timers each'
const IDLE = 'idle CPU in %'

/** Makes many, such as one for each tenant; each has a name of its own. */
interface Kind<one> {
  create(name: string): one
  use(one: one): unknown
  end?(one: one): void
}

function crowd<one>(name: string, toKind: (count: number) => Kind<one>): FigureSubject {
  return {
    name,
    async measure(scale) {
      const count = Math.max(100, Math.round(COUNT * scale))
      const names = Array.from({ length: count }, (_, index) => `tenant-${index}`)
      // What all of them share, and code, is there before anything is counted.
      await countTimers(toKind(1), ['sample'])
      const timers = await countTimers(toKind(count), names)

      const all: (one | undefined)[] = names.map(() => undefined)
      const kind = toKind(count)
      const before = await heldBytes()
      for (let i = 0; i < count; i++) all[i] = kind.create(names[i] as string)
      const whenNew = await heldBytes()
      for (const one of all) await kind.use(one as one)
      const whenUsed = await heldBytes()
      const idle = await idleShare(IDLE_MS * scale)
      for (const one of all) kind.end?.(one as one)
      return {
        [NEW]: (whenNew - before) / count,
        [USED]: (whenUsed - before) / count,
        [TIMERS]: timers,
        [IDLE]: 100 * idle,
      }
    },
  }
}

/** Timers that are there a moment after each was used once, also those that do not keep the process alive. */
async function countTimers<one>({ create, use, end }: Kind<one>, names: readonly string[]): Promise<number> {
  const live = new Set<number>()
  let isOver = false
  const hook = createHook({
    init: (id, type) => !isOver && type === 'Timeout' && live.add(id),
    destroy: (id) => live.delete(id),
  }).enable()
  const all = names.map((name) => create(name))
  for (const one of all) await use(one)
  isOver = true
  await sleep(50)
  hook.disable()
  for (const one of all) end?.(one)
  return live.size / names.length
}

/** Share of a core that is used while nobody does anything. */
async function idleShare(forMs: number): Promise<number> {
  const startMs = performance.now()
  const start = process.cpuUsage()
  await sleep(forMs)
  const { user, system } = process.cpuUsage(start)
  return (user + system) / 1_000 / (performance.now() - startMs)
}

const ours = (name: string, options: Omit<CircuitBreakerOptions, 'name'>): FigureSubject =>
  crowd<CircuitBreaker>(name, () => ({
    create: (name) => createCircuitBreaker({ name, ...options }),
    use: (breaker) => breaker.execute(call),
  }))

const cockatiel = (name: string, createWindow: () => IBreaker): FigureSubject =>
  crowd<CircuitBreakerPolicy>(name, () => ({
    create: () => createCockatiel(createWindow()),
    use: (breaker) => breaker.execute(call),
  }))

const IN_A_ROW = 'failures in a row'
const COUNT_WINDOW = `window of ${WINDOW_CALLS} calls`
const TIME_WINDOW = `window of ${WINDOW_MS / 1_000} seconds`
const REGISTRY = 'in a registry'

const claimsOf = (of: string): readonly FigureClaim[] => [
  isAtMost(of, NEW, 600, 'One for each tenant or host: 10,000 should take some MB, not dozens.'),
  isAtMost(of, USED, 600, 'The same, with what the first call makes.'),
  isAtMost(of, TIMERS, 0, 'What time changes is noticed by the next call.'),
  isAtMost(of, IDLE, 0.5, 'Who does nothing should cost nothing.'),
]

/** What many circuit breakers hold. */
export const crowds: FigureGroup = {
  id: 'crowd',
  title: '10,000 circuit breakers',
  about:
    'Bytes are those that are held, on the heap and outside of it. Each has a name of its own, which is not counted. Idle is all of them together for 3 seconds, each used once. opossum is used as its documentation shows.',
  figures: [NEW, USED, TIMERS, IDLE],
  ours: [
    ours(IN_A_ROW, {}),
    ours(COUNT_WINDOW, { failureRatio: 0.5, windowCalls: WINDOW_CALLS }),
    ours(TIME_WINDOW, { failureRatio: 0.5, windowMs: WINDOW_MS }),
    crowd<string>(REGISTRY, (maxEntries) => {
      const registry = createCircuitBreakerRegistry({ name: 'tenants', maxEntries })
      return {
        create(key) {
          registry.get(key)
          return key
        },
        use: (key) => registry.get(key).execute(call),
      }
    }),
  ],
  peers: [
    cockatiel('cockatiel, ConsecutiveBreaker', () => new ConsecutiveBreaker(5)),
    cockatiel('cockatiel, CountBreaker', () => new CountBreaker({ threshold: 0.5, size: WINDOW_CALLS })),
    cockatiel('cockatiel, SamplingBreaker', () => new SamplingBreaker({ threshold: 0.5, duration: WINDOW_MS })),
    crowd<Opossum>('opossum', () => ({
      create: (name) => createOpossum(call, { name }),
      use: (breaker) => breaker.fire(),
      end: (breaker) => breaker.shutdown(),
    })),
  ],
  claims: [IN_A_ROW, COUNT_WINDOW, TIME_WINDOW, REGISTRY].flatMap(claimsOf),
}
