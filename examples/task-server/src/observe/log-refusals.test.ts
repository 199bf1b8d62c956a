import { createManualClock } from '@breakwater/core/testing'
import { fastify } from 'fastify'
import { expect, onTestFinished, test } from 'vitest'
import { createRefusalLog, logRefusals } from './log-refusals.ts'

test('logRefusals() logs ten of a kind in a minute, says how many more there were, and nothing of other errors', async () => {
  const clock = createManualClock()
  const lines: unknown[] = []
  const app = fastify()
  onTestFinished(() => app.close())
  logRefusals(app, createRefusalLog({ security: (kind, fields) => lines.push({ kind, ...fields }) }, clock))
  app.get<{ Params: { code: string } }>('/fail/:code', async ({ params: { code } }) => {
    throw Object.assign(new Error('no'), { code })
  })
  const fail = (code: string) => app.inject({ url: `/fail/${code}`, headers: { authorization: 'Bearer canary' } })
  for (let n = 0; n < 25; n++) await fail('ERR_NOT_ADMINISTRATOR')
  await fail('ERR_OTHER')
  expect(lines).toHaveLength(10)
  const line = { kind: 'admin-refused', method: 'GET', route: '/fail/:code', client: '127.0.0.1', isTokenGiven: true }
  expect(lines[9]).toEqual({ ...line, untold: undefined })
  await fail('ERR_CROSS_SITE')
  await fail('ERR_RATE_LIMIT')
  expect(lines.slice(10)).toMatchObject([{ kind: 'cross-site' }, { kind: 'rate-limited' }])
  clock.advance(60_000)
  await fail('ERR_NOT_ADMINISTRATOR')
  expect(lines[12]).toEqual({ ...line, untold: 15 })
  expect(JSON.stringify(lines)).not.toContain('canary')
})
