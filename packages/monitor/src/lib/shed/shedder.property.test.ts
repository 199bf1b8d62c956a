import { createRandom } from '@breakwater/testing/simulation'
import { expect, test } from 'vitest'
import { createShedSubject, type ShownRequest } from '../../../test/support/shed-subject.ts'
import type { ShedPriority } from './priority.ts'

const SEEDS = 20 * Number(process.env.SOAK ?? 1)
const STEPS = 2_000
const PRIORITIES: readonly ShedPriority[] = ['normal', 'normal', 'normal', 'high', 'low', 'vital']

/** How far time goes on from one step to the next, in milliseconds. */
const CLOCKS = {
  'a clock that goes on': (random) => -Math.log(1 - random()) * 3,
  'a clock that jumps far': (random) => (random() < 0.01 ? 1e9 * random() : random()),
  'a clock that mostly stands still, and then moves a little': (random) => (random() < 0.1 ? 0.1 : 0) + 1e-6,
  // Of these, requests take no time at all.
  'a clock that stands still': () => 0,
  'a clock that stands still at first': (random, step) => (step < STEPS / 2 ? 0 : random()),
  'a clock that is coarse': (random) => (random() < 0.05 ? 15 : 0),
} satisfies Record<string, (random: () => number, step: number) => number>

/** Begins and ends requests at random, and looks after each step whether all numbers are right. */
function play(seed: number, stepMs: (random: () => number, step: number) => number): void {
  const random = createRandom(seed)
  const pick = <item>(items: readonly item[]): item => items[Math.floor(random() * items.length)] as item
  const maxConcurrency = 1 + Math.floor(random() * 200)
  const subject = createShedSubject({
    maxConcurrency,
    initialConcurrency: 1 + Math.floor(random() * maxConcurrency),
    priority: ({ path }) => path.slice(1) as ShedPriority,
  })
  const { shedder, number, idle, work, request } = subject
  const open: ShownRequest[] = []
  let [underWay, arrived, refused] = [0, 0, 0]
  const share = 0.3 + 0.5 * random()
  for (let step = 0; step < STEPS; step++) {
    if (random() < 0.5) idle(stepMs(random, step))
    else work(stepMs(random, step))
    const what = random()
    if (what < share) {
      const priority = pick(PRIORITIES)
      const shown = request({
        path: `/${priority}`,
        route: pick(['/a', '/b', undefined]),
        status: pick([200, 200, 500]),
      })
      if (priority !== 'vital') {
        arrived++
        if (shown.reply === undefined) underWay++
        else refused++
      }
      if (shown.reply === undefined) open.push(shown)
      else shown.head()
      if (priority === 'vital') expect(shown.reply, 'vital').toBeUndefined()
      if (shown.reply !== undefined) expect(shown.reply.status).toBe(503)
    } else if (what < 0.97 && open.length > 0) {
      const [shown] = open.splice(Math.floor(random() * open.length), 1) as [ShownRequest]
      if (shown.exchange.path !== '/vital') underWay--
      const order = pick([
        [shown.head, shown.end],
        [shown.head, shown.end],
        [shown.end],
        [shown.end, shown.head, shown.end],
      ])
      for (const tell of order) tell()
    } else shedder.refresh()

    const label = `seed ${seed}, step ${step}`
    expect(shedder.underWay, label).toBe(underWay)
    const values = shedder.measure().map(({ value }) => value as number)
    const wrong = values.filter((value) => !(Number.isFinite(value) && value >= 0))
    if (wrong.length > 0) throw new Error(`${label}: ${JSON.stringify(shedder.measure())} has ${wrong}`)
    expect(number('monitor_requests_total'), label).toBe(arrived)
  }
  const numbers = (name: string, labels: readonly string[]): number =>
    labels.reduce((sum, label) => sum + (number(`${name} ${label}`) as number), 0)
  expect(numbers('monitor_requests_refused_total', ['event-loop', 'concurrency'])).toBe(refused)
  expect(numbers('monitor_requests_shed_total', ['high', 'normal', 'low'])).toBe(refused)
}

test.for(Object.entries(CLOCKS))('whatever comes, all numbers are right, on %s', ([, stepMs]) => {
  for (let seed = 1; seed <= SEEDS; seed++) play(seed, stepMs)
})

test('no more than the most are under way, however many come', () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const random = createRandom(seed)
    const maxConcurrency = 1 + Math.floor(random() * 50)
    const { shedder, request, idle } = createShedSubject({
      maxConcurrency,
      priority: () => (random() < 0.3 ? 'low' : random() < 0.5 ? 'high' : 'normal'),
    })
    const open: ShownRequest[] = []
    for (let step = 0; step < STEPS; step++) {
      idle(random() * 4)
      if (open.length > 0 && random() < 0.4) open.splice(Math.floor(random() * open.length), 1)[0]?.head()
      const shown = request()
      if (shown.reply === undefined) open.push(shown)
      expect(shedder.underWay, `seed ${seed}, step ${step}`).toBeLessThanOrEqual(maxConcurrency)
    }
  }
})
