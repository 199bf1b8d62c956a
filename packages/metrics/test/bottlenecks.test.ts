import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { createOperation, type HttpHook, systemClock } from '@breakwater/core'
import { toListener } from '@breakwater/express'
import { expect, test } from 'vitest'
import { createBottlenecks } from '../src/lib/bottlenecks/bottlenecks.ts'

test('a slow route and a slow query are named', async () => {
  const bottlenecks = createBottlenecks(
    { channels: [{ channel: 'app:database:query', kind: 'query', nameOf: ({ text }) => String(text) }] },
    { onFull: () => expect.fail('full'), onFault: (_, error) => expect.fail(String(error)) },
  )
  const hook: HttpHook = {
    onHead(exchange, slot) {
      exchange.slots[slot] = systemClock.now()
    },
    onEnd(exchange, slot) {
      const endedAtMs = systemClock.now()
      const headAtMs = (exchange.slots[slot] as number | undefined) ?? endedAtMs
      bottlenecks.recordRoute(exchange, { endedAtMs, ms: headAtMs - exchange.startedAtMs }, -1)
    },
  }
  const queries = createOperation<{ text: string }>('app:database:query', 'tasks')
  const query = (text: string, ms: number): Promise<unknown> => queries.trace({ text }, () => setTimeout(ms))
  let id = 0
  const routes: Readonly<Record<string, { readonly path: string; handle: () => Promise<unknown> }>> = {
    tasks: { path: '/tasks', handle: () => query(`select * from tasks where id = ${id++}`, 0) },
    // The slow one: every tenth request, but most of the time of all queries.
    report: { path: '/report', handle: () => query("select count(*) from events where kind = 'open'", 60) },
    // Slow by itself.
    export: { path: '/export', handle: () => setTimeout(150) },
    broken: { path: '/broken', handle: () => Promise.reject(new Error('broken')) },
  }
  const server = createServer(
    toListener({ hooks: [hook] }, async (request, response) => {
      const route = routes[request.url?.split('/')[1] ?? '']
      if (route !== undefined) request.route = { path: route.path }
      await route?.handle().catch(() => (response.statusCode = 500))
      if (route === undefined) response.statusCode = 404
      response.end('{}')
    }),
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const get = async (path: string): Promise<void> => {
    const response = await fetch(`http://127.0.0.1:${port}/${path}`)
    await response.text()
  }
  const paths = Array.from({ length: 40 }, () => 'tasks')
  await Promise.all(
    [...paths, 'report', 'report', 'report', 'report', 'export', 'export', 'broken', 'none/1', 'none/2'].map(get),
  )
  server.close()

  const byP95 = bottlenecks.report({ by: 'p95' })
  const { route: routesFound, query: queriesFound } = Object.fromEntries(
    byP95.kinds.map(({ kind, top }) => [kind, top]),
  )
  expect(routesFound?.map(({ name }) => name).slice(0, 2)).toEqual(['GET /export', 'GET /report'])
  expect(routesFound?.map(({ name, calls, failures }) => [name, calls, failures]).sort()).toEqual([
    ['GET /broken', 1, 1],
    ['GET /export', 2, 0],
    ['GET /report', 4, 0],
    ['GET /tasks', 40, 0],
    ['GET unmatched', 2, 0],
  ])
  expect(queriesFound?.map(({ name, calls }) => [name, calls])).toEqual([
    ['select count(*) from events where kind = ?', 4],
    ['select * from tasks where id = ?', 40],
  ])
  expect(byP95.standingOut.map(({ name }) => name)).toContain('GET /broken')
  bottlenecks.close()
})
