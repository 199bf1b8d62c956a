import type { Load } from '../../src/load/subject.ts'

/** What every server here answers. */
export const answer: Readonly<Record<string, string | number | boolean>> = {
  id: 7,
  title: 'Water the plants',
  done: false,
  createdAt: 1_767_225_600_000,
}

/** What every server here is asked: well below what one core can answer, as only CPU per request is compared. */
export const load: Load = {
  ratePerSecond: 3_000,
  arrivals: 'poisson',
  connections: 32,
  path: '/tasks/7',
  expected: { status: 200, body: JSON.stringify(answer) },
  timeoutMs: 5_000,
}
