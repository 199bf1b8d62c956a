import { usePostgres, useRedis } from '@breakwater/testing/services'
import { Redis } from 'ioredis'
import { Pool } from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { pingCheck, tcpCheck } from '../src/checks.ts'
import { createHealth } from '../src/index.ts'

const redis = useRedis()
const postgres = usePostgres()

test('pingCheck() asks a real Redis and a real PostgreSQL', async () => {
  const client = new Redis(redis.url)
  const pool = new Pool({ connectionString: postgres.url })
  onTestFinished(async () => {
    client.disconnect()
    await pool.end()
  })
  const health = createHealth({ limitMs: 5_000 })
  const { hostname, port } = new URL(redis.url)
  health
    .add('redis', pingCheck(client))
    .add('database', pingCheck(pool))
    .add('port', tcpCheck({ host: hostname, port: Number(port || 6_379) }))
  const report = await health.check()
  expect(report.checks.map(({ name, status, cause }) => [name, status, cause])).toEqual([
    ['redis', 'healthy', undefined],
    ['database', 'healthy', undefined],
    ['port', 'healthy', undefined],
  ])
})

test('pingCheck() of clients that cannot connect fails within the limit', async () => {
  const client = new Redis({ host: '127.0.0.1', port: 1, lazyConnect: true, maxRetriesPerRequest: null })
  client.on('error', () => {})
  const pool = new Pool({ host: '127.0.0.1', port: 1 })
  onTestFinished(async () => {
    client.disconnect()
    await pool.end()
  })
  const health = createHealth({ limitMs: 300 })
  onTestFinished(() => health.close())
  health.add('redis', pingCheck(client)).add('database', pingCheck(pool))
  const { checks } = await health.check()
  expect(checks.map(({ status, cause }) => [status, cause])).toEqual([
    ['unhealthy', 'Cannot wait for the check "redis" any longer as it took over 300 ms'],
    ['unhealthy', expect.stringContaining('ECONNREFUSED')],
  ])
})
