import { createServer, type RequestListener } from 'node:http'
import { toListener } from '@breakwater/express'
import { createHealth } from '@breakwater/health'
import { createTerminus } from '@godaddy/terminus'
import { costsAtMost } from '../../src/claims.ts'
import type { Load, LoadGroup, LoadSubject } from '../../src/load/subject.ts'

const CHECKS = 5
const BODY = '{"status":"healthy"}'
const HEADERS = { 'content-type': 'application/json', 'cache-control': 'no-store', 'content-length': BODY.length }

/** Far more than anybody probes: only CPU per probe is compared. */
const load: Load = {
  ratePerSecond: 3_000,
  arrivals: 'poisson',
  connections: 32,
  path: '/readyz',
  expected: { status: 200, body: BODY },
  timeoutMs: 5_000,
}

const answer: RequestListener = (_request, response) => void response.writeHead(200, HEADERS).end(BODY)

/** Checks that do nothing, and count. */
function createChecks(): { readonly checks: readonly (() => Promise<void>)[]; runs(): number } {
  let runs = 0
  const check = async (): Promise<void> => {
    runs++
  }
  return { checks: Array.from({ length: CHECKS }, () => check), runs: () => runs }
}

const bare: LoadSubject = { name: 'a bare endpoint', create: async () => ({ server: createServer(answer) }) }

const ours: LoadSubject = {
  name: 'readiness',
  async create() {
    const health = createHealth()
    createChecks().checks.forEach((check, index) => void health.add(`check ${index}`, check))
    return { server: createServer(toListener({ endpoints: { [load.path]: health.readiness } }, () => {})) }
  },
}

const terminus: LoadSubject = {
  name: '@godaddy/terminus',
  workPerRequest: CHECKS,
  async create() {
    const { checks, runs } = createChecks()
    const server = createServer(answer)
    createTerminus(server, {
      headers: { 'cache-control': 'no-store' },
      healthChecks: {
        [load.path]: async () => {
          await Promise.all(checks.map((check) => check()))
          return { status: 'healthy' }
        },
        verbatim: true,
      },
    })
    return { server, work: runs }
  },
}

const byHand: LoadSubject = {
  name: 'by hand',
  workPerRequest: CHECKS,
  async create() {
    const { checks, runs } = createChecks()
    const server = createServer(async (request, response) => {
      await Promise.all(checks.map((check) => check()))
      answer(request, response)
    })
    return { server, work: runs }
  },
}

/** What a probe costs. */
export const probes: LoadGroup = {
  id: 'probe',
  title: 'What a probe costs',
  about:
    'A server that answers each request with a constant, and the readiness of `createHealth` with five checks, which answers the same bytes, on `node:http` through `toListener` of `@breakwater/express`. Its results are served from what it knows. The peers run five checks for each probe; these do nothing, so what is seen is the least that they can cost.',
  floor: bare,
  ours: [ours],
  peers: [terminus, byHand],
  load,
  toleranceRatio: 0.05,
  claims: [costsAtMost('readiness', 1.2, 'a bare endpoint', 'A probe must not be noticed, however many there are.')],
}
