import type { FigureGroup } from '../../src/figures/group.ts'
import { createOverloadGroup } from '../../src/overload/group.ts'
import { KINDS, POOL_SIZE } from '../../src/overload/kinds.ts'
import { WHOLE } from '../../src/overload/plan.ts'
import { AGAIN, again, NONE, ORACLE, ours, peers } from './subjects.ts'

const oracle = peers.find(({ name }) => name === ORACLE) as (typeof peers)[number]
const none = peers.find(({ name }) => name === NONE) as (typeof peers)[number]
const field = { ours, again, peers, none, oracle }

const SECONDS = (WHOLE.rampMs + WHOLE.steadyMs) / 1_000
const CALM_SECONDS = (WHOLE.stretchMs + WHOLE.calmMs) / 1_000
const DEADLINE = `${WHOLE.deadlineMs / 1_000} s`
const HOW = `An open loop of independent requests at multiples of the capacity; an answer that comes later than ${DEADLINE} after its request was due is worth nothing. Everybody is on Fastify and does the same work. Each turn is ${SECONDS} s, the first ${WHOLE.rampMs / 1_000} of which are told apart (${CALM_SECONDS} and ${WHOLE.stretchMs / 1_000} where nothing is overloaded); ${WHOLE.rounds} rounds with new servers, one upwards and one downwards through the rates. The capacity is what a server without shedding answers to a few users that wait for each answer; it is taken anew before each rate, when nobody else is asked, as the machine is not always as fast. *${ORACLE}* has a limit for each load that was found by trying beforehand, and shows what refusing costs. *${AGAIN}* is ours once more. Who has a threshold has that of its README or its default.`

/** Computing alone. */
export const cpu: FigureGroup = createOverloadGroup({
  ...field,
  id: 'cpu',
  title: 'Overload of the processor',
  about: `Each request computes for ${KINDS.cpu.cpuMs} ms. ${HOW}`,
  kind: KINDS.cpu,
})

/** Waiting alone. */
export const pool: FigureGroup = createOverloadGroup({
  ...field,
  id: 'pool',
  title: 'Overload of a connection pool',
  about: `Each request waits ${KINDS.pool.queryMs} ms for a query of a real PostgreSQL, over ${POOL_SIZE} connections: the event loop looks idle. ${HOW}`,
  kind: KINDS.pool,
})

/** Both. */
export const mixed: FigureGroup = createOverloadGroup({
  ...field,
  id: 'mixed',
  title: 'Overload of both',
  about: `Each request computes for ${KINDS.mixed.cpuMs} ms, half of it before a query of ${KINDS.mixed.queryMs} ms over ${POOL_SIZE} connections and half after it, so that processor and pool limit at about the same rate. ${HOW}`,
  kind: KINDS.mixed,
})
