import { fileURLToPath } from 'node:url'
import { type FigureGroup, type FigureSubject, isAtMost, isBetween } from '../../src/figures/group.ts'
import { measureCapacity } from '../../src/overload/capacity.ts'
import { KINDS } from '../../src/overload/kinds.ts'
import { startOverloadServer } from '../../src/overload/servers.ts'
import { runSlice } from '../../src/overload/slice.ts'
import { stepsPerMs } from '../../src/overload/work.ts'
import { runProber } from './prober.ts'

/** Times what the server can answer. */
const RATE = 4
const STEADY_MS = 20_000
const STRETCH_MS = 1_000
const DEADLINE_MS = 1_000
const EVERY_MS = 250
/** A kubelet's, by default. */
const PATIENCE_MS = 1_000

const ANSWERED = `answered within ${PATIENCE_MS / 1_000} s, in %`
const MEDIAN = 'ms, median'
const P99 = 'ms, 99 %'
const CPU = 'CPU of the process, in %'

/** What a subject's script says of itself: what is to be probed. */
export interface ProbedPlaces {
  /** Its places, by name. */
  readonly [name: string]: string
}

/** Overloads a process and probes it meanwhile. Four processes: this one sends the load, and another one the probes. */
function busyOf(name: string, script: string, place: string): FigureSubject {
  return {
    name,
    async measure(scale) {
      const stretchMs = Math.max(STRETCH_MS / 4, STRETCH_MS * scale)
      const rampMs = 2 * stretchMs
      const steadyMs = Math.max(4, Math.round((STEADY_MS * scale) / stretchMs)) * stretchMs
      const file = fileURLToPath(new URL(`subjects/${script}.ts`, import.meta.url))
      const task = { kind: KINDS.cpu.name, stepsPerMs: stepsPerMs(), databaseUrl: '' }
      const server = await startOverloadServer({ name, script: file }, task)
      try {
        const { closedLoop: concurrency } = KINDS.cpu
        const capacity = await measureCapacity(server, { concurrency, warmUpMs: stretchMs, stretchMs, stretches: 3 })
        const { [place]: url } = (await server.state('report')).report as ProbedPlaces
        if (url === undefined) throw new RangeError(`Cannot find the place "${place}" of "${name}"`)
        const [{ cpuMs }, tookMs] = await Promise.all([
          runSlice(server, {
            ratePerSecond: RATE * capacity,
            rampMs,
            steadyMs,
            stretchMs,
            deadlineMs: DEADLINE_MS,
            seed: 1,
          }),
          runProber({ url, delayMs: rampMs, everyMs: EVERY_MS, limitMs: PATIENCE_MS, count: steadyMs / EVERY_MS }),
        ])
        const sorted = tookMs.map((ms) => ms ?? PATIENCE_MS).toSorted((a, b) => a - b)
        const at = (ratio: number): number => sorted[Math.ceil(ratio * sorted.length) - 1] as number
        return {
          [ANSWERED]: (100 * tookMs.filter((ms) => ms !== null).length) / tookMs.length,
          [MEDIAN]: at(0.5),
          [P99]: at(0.99),
          [CPU]: (100 * cpuMs) / (rampMs + steadyMs),
        }
      } finally {
        await server.stop()
      }
    },
  }
}

const OURS = 'serveLiveness'
const OWN_PORT = "liveness, on the application's port"

/** Who answers a liveness probe while the process is overloaded. */
export const busy: FigureGroup = {
  id: 'busy',
  title: 'Liveness at four times the capacity',
  about: `Fastify, and requests of ${KINDS.cpu.cpuMs} ms of computing that come at ${RATE} times the rate that was measured to be its capacity, whether or not they are answered; nothing is refused. Meanwhile it is probed every ${EVERY_MS} ms as a kubelet does: on a fresh connection, with ${PATIENCE_MS / 1_000} s of patience, by another process. What is not answered counts ${PATIENCE_MS} ms. \`serveLiveness\` answers from a thread, on \`HEALTH_PORT\`. lightship has a port of its own as well, but answers on the main loop. Kubernetes restarts a process after three probes in a row without an answer.`,
  figures: [ANSWERED, MEDIAN, P99, CPU],
  ours: [busyOf(OURS, 'ours', 'thread'), busyOf(OWN_PORT, 'ours', 'own')],
  peers: [busyOf('@godaddy/terminus', 'terminus', 'own'), busyOf('lightship', 'lightship', 'port')],
  whyVoid: (taken) =>
    Object.values(taken).some((figures) => (figures[CPU] as number) < 85)
      ? 'A process had CPU to spare: it was not overloaded'
      : undefined,
  claims: [
    isBetween(OURS, ANSWERED, 100, 100, 'Who is merely busy must not be killed for it.'),
    isAtMost(OURS, P99, 50, 'A twentieth of the time for which a kubelet waits.'),
  ],
}
