import type { SimulationOptions } from './simulate.ts'

/** A kind of load on a process. */
export interface SimulatedLoad extends Pick<SimulationOptions, 'work' | 'connections'> {
  readonly name: string
  /** CPU of a request, in milliseconds. */
  readonly cpuMs: number
  /** Requests per second that its pool can work on. */
  readonly pooledPerSecond: number
}

const exponential = (mean: number, random: () => number): number => -Math.log(1 - random()) * mean

/** What a server may be short of. */
export const loads: readonly SimulatedLoad[] = [
  {
    name: 'CPU, all at once',
    work: () => ({ before: 5, pooled: 0, after: 0 }),
    connections: 1,
    cpuMs: 5.02,
    pooledPerSecond: Infinity,
  },
  {
    name: 'CPU, some much more than others',
    work: (_, random) => ({ before: exponential(5, random), pooled: 0, after: 0 }),
    connections: 1,
    cpuMs: 5.02,
    pooledPerSecond: Infinity,
  },
  {
    name: 'CPU, after waiting for something quick',
    work: () => ({ before: 0.1, pooled: 1, after: 5 }),
    connections: 1_000,
    cpuMs: 5.12,
    pooledPerSecond: Infinity,
  },
  {
    name: 'a pool of 10 connections',
    work: () => ({ before: 0.1, pooled: 20, after: 0.1 }),
    connections: 10,
    cpuMs: 0.22,
    pooledPerSecond: 500,
  },
  {
    name: 'a pool, with queries that vary',
    work: (_, random) => ({ before: 0.1, pooled: exponential(20, random), after: 0.1 }),
    connections: 10,
    cpuMs: 0.22,
    pooledPerSecond: 500,
  },
  {
    name: 'a pool of 100 connections',
    work: () => ({ before: 0.1, pooled: 100, after: 0.1 }),
    connections: 100,
    cpuMs: 0.22,
    pooledPerSecond: 1_000,
  },
  {
    name: 'CPU and a pool',
    work: () => ({ before: 2.5, pooled: 50, after: 2.5 }),
    connections: 10,
    cpuMs: 5.02,
    pooledPerSecond: 200,
  },
  {
    name: 'a pool, on a quick and a slow route',
    work: (index) =>
      index % 10 === 0
        ? { before: 0.1, pooled: 200, after: 0.1, route: '/reports/:id' }
        : { before: 0.1, pooled: 5, after: 0.1, route: '/tasks/:id' },
    connections: 10,
    cpuMs: 0.22,
    pooledPerSecond: 10_000 / (0.1 * 200 + 0.9 * 5),
  },
]

/**
 * What a process can answer in a second at most while it refuses so many.
 *
 * @param load What it does.
 * @param refusedPerSecond How many it refuses.
 */
export function ceilingOf({ cpuMs, pooledPerSecond }: SimulatedLoad, refusedPerSecond = 0): number {
  return Math.min((1_000 - refusedPerSecond * REFUSED_MS) / cpuMs, pooledPerSecond)
}

/** CPU of a refused request, in milliseconds. */
export const REFUSED_MS = 0.06
