import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'

const handle = (_: unknown, response: { end(text: string): unknown }): void => void response.end('hello')
const PORT = 0

// #region
import { createServer } from 'node:http'
import { attach } from '@breakwater/core'
import { toListener } from '@breakwater/express'
import { createHealth } from '@breakwater/health'
import { createMonitor } from '@breakwater/monitor'

const monitor = createMonitor({ maxConnections: 2_000 })
const health = createHealth()
health.add('pressure', () => !monitor.underPressure, { critical: false, cacheMs: 0 })

const endpoints = { '/livez': health.liveness, '/readyz': health.readiness }
const server = createServer(toListener({ hooks: [monitor.hook], endpoints }, handle)).listen(PORT) // refuses what is too much
attach(server, [monitor.serverHook]) // counts connections

const { level, memory, cpu, eventLoop } = monitor.snapshot()
// #endregion

assert.equal(level, 'ok')
assert.ok(memory !== undefined && memory.usedRatio > 0 && cpu !== undefined && cpu.limitCores > 0)
assert.equal(eventLoop.delayMs, undefined)
await once(server, 'listening')
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
for (const path of ['/', ...Object.keys(endpoints)]) assert.equal((await fetch(url + path)).status, 200, path)
assert.ok(monitor.snapshot().connections.total > 0)
server.close()
server.closeAllConnections()
await monitor.close()
await health.close()
