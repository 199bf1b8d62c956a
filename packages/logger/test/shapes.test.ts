import { createManualClock } from '@breakwater/core/testing'
import { expect, test } from 'vitest'
import { collecting } from './support/collect.ts'

const clock = createManualClock({ epochMs: 0 })

test('the shape "ecs" writes Elastic Common Schema', () => {
  const { logger, lines } = collecting({ shape: 'ecs', clock })
  logger.withContext({ requestId: 'r-1' }, () => logger.error(new RangeError('far'), 'could not'))
  logger.request('GET', { outcome: 'finished', durationMs: 1.5, status: 200 }, { path: '/a', route: '/:x' })
  expect(lines[0]).toEqual({
    'log.level': 'error',
    '@timestamp': '1970-01-01T00:00:00.000Z',
    'ecs.version': '8.11.0',
    'service.name': 'tasks',
    'service.environment': 'test',
    'http.request.id': 'r-1',
    error: { type: 'RangeError', message: 'far', stack_trace: expect.stringContaining('RangeError: far') },
    message: 'could not',
  })
  expect(lines[1]).toMatchObject({
    'event.action': 'request',
    'event.outcome': 'success',
    'event.duration': 1_500_000,
    'http.response.status_code': 200,
    'url.path': '/a',
    'http.route': '/:x',
  })
})

test('the shape "loki" writes names that Grafana finds', () => {
  const { logger, lines } = collecting({ shape: 'loki', clock })
  logger.withContext({ requestId: 'r-1' }, () => logger.warn({ taskId: 1 }, 'late'))
  expect(lines[0]).toEqual({
    level: 'warn',
    ts: '1970-01-01T00:00:00.000Z',
    env: 'test',
    service_name: 'tasks',
    request_id: 'r-1',
    taskId: 1,
    msg: 'late',
  })
})
