import { once } from 'node:events'
import { createServer, get } from 'node:http'
import type { AddressInfo } from 'node:net'
import { toListener } from '@breakwater/express'
import { createHealth, type HealthOptions } from '@breakwater/health'
import { createTerminus } from '@godaddy/terminus'

/** Finds out how something is. */
export type Check = () => Promise<unknown>

/** An endpoint that runs checks, in this process. */
export interface Endpoint {
  /** Where it is. */
  readonly url: string
  /** Ends it. */
  close(): Promise<void>
}

/** A library's endpoint. */
export interface Library {
  /** Name in the tables. */
  readonly name: string
  /** Serves an endpoint that runs all of the checks. */
  serve(checks: readonly Check[]): Promise<Endpoint>
}

/**
 * Ours, which shows everything.
 *
 * @param name Name in the tables.
 * @param options How it is made.
 */
export function ours(name: string, options: HealthOptions = {}): Library {
  return {
    name,
    async serve(checks) {
      const health = createHealth({ showsDetails: () => true, ...options })
      checks.forEach((check, index) => void health.add(`check ${index}`, check))
      const server = createServer(toListener({ endpoints: { '/health': health.detailed } }, () => {}))
      return listen(server, () => health.close())
    },
  }
}

/** As its README has it: one function, which awaits all. */
export const terminus: Library = {
  name: '@godaddy/terminus',
  serve(checks) {
    const server = createServer()
    server.on('request', () => {})
    const runAll = (): Promise<unknown> => Promise.all(checks.map((check) => check()))
    createTerminus(server, { healthChecks: { '/health': runAll } })
    return listen(server)
  },
}

/** What one writes without a library. */
export const byHand: Library = {
  name: 'by hand',
  serve(checks) {
    const server = createServer(async (_request, response) => {
      const results = await Promise.allSettled(checks.map((check) => check()))
      const isWell = results.every(({ status }) => status === 'fulfilled')
      response.writeHead(isWell ? 200 : 503, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ status: isWell ? 'healthy' : 'unhealthy' }))
    })
    return listen(server)
  },
}

async function listen(server: ReturnType<typeof createServer>, end?: () => Promise<void>): Promise<Endpoint> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/health`,
    async close() {
      server.close()
      server.closeAllConnections()
      await end?.()
    },
  }
}

/**
 * Asks, on a connection of its own, and reads the answer.
 *
 * @param url Where.
 * @param limitMs Milliseconds after which nobody waits any more.
 * @returns Milliseconds that it took; `undefined` if there was no answer.
 */
export async function ask(url: string, limitMs: number): Promise<number | undefined> {
  const startMs = performance.now()
  try {
    const request = get(url, { agent: false, signal: AbortSignal.timeout(limitMs) })
    const [response] = await once(request, 'response')
    await once(response.resume(), 'end')
    return performance.now() - startMs
  } catch {
    return undefined
  }
}
