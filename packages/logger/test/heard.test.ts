import { channel } from 'node:diagnostics_channel'
import { createEmitter } from '@breakwater/core'
import { afterEach, expect, test } from 'vitest'
import type { Logger } from '../src/index.ts'
import { collecting } from './support/collect.ts'

interface Told {
  readonly type: string
  readonly [name: string]: unknown
}

const loggers: Logger[] = []

afterEach(async () => {
  for (const logger of loggers.splice(0)) await logger.close()
})

function hearing(hear: Parameters<typeof collecting>[0] = {}) {
  const collected = collecting({ hear: {}, ...hear })
  loggers.push(collected.logger)
  return collected
}

test('an event of another package becomes a line, as loud as it is bad', () => {
  const { lines } = hearing()
  const circuits = createEmitter<Told>('breakwater:resilience', 'payments')
  circuits.emit({ type: 'circuit:opened', failures: 5, retryAfterMs: 1_000 })
  circuits.emit({ type: 'circuit:closed' })
  const health = createEmitter<Told>('breakwater:health', 'health')
  health.emit({ type: 'status:changed', group: 'ready', from: undefined, to: 'healthy' })
  health.emit({ type: 'status:changed', group: 'ready', from: 'healthy', to: 'unhealthy' })
  health.emit({ type: 'status:changed', group: 'ready', from: 'unhealthy', to: 'degraded' })
  health.emit({ type: 'status:changed', group: 'ready', from: 'degraded', to: 'healthy' })
  createEmitter<Told>('breakwater:cache', 'tasks').emit({ type: 'load:failed', error: new Error('no'), key: 'a' })
  createEmitter<Told>('breakwater:shutdown', 'shutdown').emit({ type: 'process:crashed', error: new Error('end') })
  createEmitter<Told>('breakwater:alerting', 'alerts').emit({ type: 'never:heard-of' })
  expect(lines.map(({ level, event }) => [level, event])).toEqual([
    ['warn', 'circuit:opened'],
    ['info', 'circuit:closed'],
    ['debug', 'status:changed'],
    ['error', 'status:changed'],
    ['warn', 'status:changed'],
    ['info', 'status:changed'],
    ['error', 'load:failed'],
    ['fatal', 'process:crashed'],
    ['info', 'never:heard-of'],
  ])
  expect(lines[0]).toMatchObject({
    channel: 'breakwater:resilience',
    source: 'payments',
    failures: 5,
    msg: 'payments: circuit opened',
  })
  expect(lines[6]).toMatchObject({ err: { message: 'no' }, key: 'a' })
})

test('fields of an event that are called like ours keep apart', () => {
  const { lines } = hearing()
  createEmitter<Told>('breakwater:monitor', 'process').emit({
    type: 'read:failed',
    source: '/sys/x',
    event: 1,
    error: 5,
  })
  expect(lines[0]).toMatchObject({ event: 'read:failed', source: 'process', source_: '/sys/x', event_: 1, err: 5 })
})

test('in ECS, fields of an event stand apart from those of the schema', () => {
  const { lines } = hearing({ shape: 'ecs' })
  createEmitter<Told>('breakwater:health', 'health').emit({
    type: 'status:changed',
    group: 'ready',
    path: '/x',
    to: 'healthy',
  })
  expect(lines[0]).toMatchObject({
    'event.action': 'status:changed',
    'event.provider': 'breakwater:health',
    breakwater: { source: 'health', group: 'ready', path: '/x', to: 'healthy' },
  })
  expect(lines[0]).not.toHaveProperty('url.path')
})

test('a crash that the logger sees by itself is not written again', () => {
  const { logger, lines } = hearing({ crashes: true })
  createEmitter<Told>('breakwater:shutdown', 'shutdown').emit({ type: 'process:crashed', error: new Error('end') })
  expect([logger.kind, lines]).toEqual(['logger', []])
})

test('hear.levels says otherwise, and hear.channels where', () => {
  const { lines } = hearing({ hear: { channels: ['mine'], levels: { 'a:b': 'error', 'c:d': false } } })
  const mine = createEmitter<Told>('mine', 'x')
  mine.emit({ type: 'a:b' })
  mine.emit({ type: 'c:d' })
  createEmitter<Told>('breakwater:cache', 'x').emit({ type: 'a:b' })
  expect(lines.map(({ level, event }) => [level, event])).toEqual([['error', 'a:b']])
})

test('what anybody publishes on a channel does no harm', () => {
  const { lines } = hearing()
  for (const rubbish of [undefined, null, 5, {}, { event: null }, { event: { type: 5 } }])
    channel('breakwater:cache').publish(rubbish)
  expect(lines).toEqual([])
})

test('after close() nothing is heard', async () => {
  const { logger, lines } = hearing()
  await logger.close()
  createEmitter<Told>('breakwater:cache', 'x').emit({ type: 'a:b' })
  expect(lines).toEqual([])
})

test('what a destination tells is written on a later turn, as it tells while it writes', async () => {
  const { lines } = hearing()
  createEmitter<Told>('breakwater:logger', 'log').emit({ type: 'destination:failed', error: new Error('full') })
  expect(lines).toHaveLength(0)
  await Promise.resolve()
  expect(lines[0]).toMatchObject({ level: 'error', event: 'destination:failed', err: { message: 'full' } })
})

test('what is suspicious has one line', async () => {
  const { logger, lines } = hearing()
  logger.security('forged')
  await Promise.resolve()
  expect(lines).toHaveLength(1)
})
