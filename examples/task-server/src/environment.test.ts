import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { readEnvironment } from './environment.ts'

const ROOT = resolve(import.meta.dirname, '..', '..', '..')

function linesOf(variables: Record<string, string>): readonly string[] {
  try {
    readEnvironment(variables)
  } catch (error) {
    return (error as { lines: readonly string[] }).lines
  }
  return []
}

test('readEnvironment() has a default for everything', () => {
  expect(readEnvironment({})).toEqual({
    mode: 'development',
    host: '127.0.0.1',
    port: 3_000,
    reusePort: false,
    logLevel: 'debug',
    maxTasks: 1_000,
    maxConnections: 50,
    databaseUrl: undefined,
    redisUrl: undefined,
    healthPort: undefined,
    tracesUrl: undefined,
    adminToken: undefined,
    security: expect.any(Object),
    slowTracesPerSecond: 0,
    dataDirectory: join(ROOT, '.data', 'task-server'),
  })
})

test('readEnvironment() has other defaults in production', () => {
  expect(
    readEnvironment({ NODE_ENV: 'production', SESSION_SECRET: 'x'.repeat(32), CORS_ORIGIN: 'https://tasks.example' }),
  ).toMatchObject({
    mode: 'production',
    host: '0.0.0.0',
    port: 8_080,
    logLevel: 'info',
    maxTasks: 10_000,
    maxConnections: 100,
  })
})

test('readEnvironment() reads every variable', () => {
  expect(
    readEnvironment({
      NODE_ENV: 'test',
      HOST: '::1',
      PORT: '0',
      REUSE_PORT: '1',
      LOG_LEVEL: 'silent',
      MAX_TASKS: '1',
      MAX_CONNECTIONS: '600',
      DATABASE_URL: 'postgresql://me:p%40ss@db.example/tasks?sslmode=require',
      REDIS_URL: 'rediss://me:p%40ss@cache.example:6380/2',
      DATA_DIR: 'here',
      HEALTH_PORT: '9000',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'https://collector.example/base/',
      ADMIN_TOKEN: 'open-sesame/0123',
      SLOW_TRACES_PER_SECOND: '7',
    }),
  ).toEqual({
    mode: 'test',
    host: '::1',
    port: 0,
    reusePort: true,
    logLevel: 'silent',
    maxTasks: 1,
    maxConnections: 600,
    databaseUrl: 'postgresql://me:p%40ss@db.example/tasks?sslmode=require',
    redisUrl: 'rediss://me:p%40ss@cache.example:6380/2',
    dataDirectory: resolve('here'),
    healthPort: 9_000,
    tracesUrl: 'https://collector.example/base/v1/traces',
    adminToken: 'open-sesame/0123',
    security: expect.any(Object),
    slowTracesPerSecond: 7,
  })
})

test('readEnvironment() tells all problems at once, one line each', () => {
  expect(
    linesOf({
      NODE_ENV: 'prod',
      PORT: '80a',
      MAX_TASKS: '-1',
      LOG_LEVEL: 'loud',
      HOST: 'a b',
      DATA_DIR: ' ',
      HEALTH_PORT: 'on',
    }),
  ).toEqual([
    'Expected NODE_ENV to be one of development, test, production, got "prod"',
    'Expected HOST to be a host name or an IP address, got "a b"',
    'Expected PORT to be an integer from 0 to 65535, got "80a"',
    'Expected LOG_LEVEL to be one of trace, debug, info, warn, error, fatal, silent, got "loud"',
    'Expected MAX_TASKS to be an integer from 1 to 1000000, got "-1"',
    'Expected DATA_DIR to be the path of a folder, got " "',
    'Expected HEALTH_PORT to be an integer from 0 to 65535, got "on"',
  ])
})

test.each([
  'NODE_ENV',
  'HOST',
  'PORT',
  'LOG_LEVEL',
  'MAX_TASKS',
  'MAX_CONNECTIONS',
  'DATABASE_URL',
  'REDIS_URL',
  'DATA_DIR',
  'HEALTH_PORT',
  'OTEL_EXPORTER_OTLP_ENDPOINT',
  'ADMIN_TOKEN',
])('readEnvironment() takes an empty %s for a mistake', (name) => {
  expect(linesOf({ [name]: '' })).toEqual([expect.stringContaining(`Expected ${name} to be`)])
})

test('readEnvironment() refuses one port for both, unless any will do', () => {
  expect(linesOf({ PORT: '8080', HEALTH_PORT: '8080' })).toEqual([
    'Expected HEALTH_PORT to differ from PORT, got 8080 for both',
  ])
  expect(linesOf({ HEALTH_PORT: '3000' })).toHaveLength(1)
  expect(linesOf({ PORT: '0', HEALTH_PORT: '0' })).toEqual([])
})

test.each(['hunter2', 'hunter2 hunter2 hunter2', 'hunter2hunter2h\u00fc', 'hunter2hunter2h\n'])(
  'readEnvironment() refuses ADMIN_TOKEN=%j without showing it',
  (ADMIN_TOKEN) => {
    const [line, ...more] = linesOf({ ADMIN_TOKEN })
    expect(more).toEqual([])
    expect(line).toContain('Expected ADMIN_TOKEN')
    expect(line).not.toContain('hunter2')
  },
)

test.each(['65536', '1.5', '1e3', '0x50', ' 80', '+80', '-0', '٣٠٠٠'])('readEnvironment() refuses PORT=%s', (PORT) => {
  expect(linesOf({ PORT })).toHaveLength(1)
})

test.each(['0', '1000001', '10_000', '1e3'])('readEnvironment() refuses MAX_TASKS=%s', (MAX_TASKS) => {
  expect(linesOf({ MAX_TASKS })).toHaveLength(1)
})

test.each(['0', '100001', '-1', '5.5'])('readEnvironment() refuses MAX_CONNECTIONS=%s', (MAX_CONNECTIONS) => {
  expect(linesOf({ MAX_CONNECTIONS })).toEqual([
    `Expected MAX_CONNECTIONS to be an integer from 1 to 100000, got "${MAX_CONNECTIONS}"`,
  ])
})

test.each(['-1', '1.5', '1e3', ''])('readEnvironment() refuses SLOW_TRACES_PER_SECOND=%j', (SLOW_TRACES_PER_SECOND) => {
  expect(linesOf({ SLOW_TRACES_PER_SECOND })).toHaveLength(1)
})

test('readEnvironment() has traces for those who can look at them', () => {
  expect(readEnvironment({ ADMIN_TOKEN: 'open-sesame/0123' }).slowTracesPerSecond).toBe(20)
})

test.each([
  'postgres://me:hunter2@h:99999/db',
  'postgres://me:hun#ter2@h/db',
  'mysql://me:hunter2@h/db',
  'me:hunter2@h/db',
  'postgres://me:hunter2%@h/db',
])('readEnvironment() refuses DATABASE_URL=%s without showing it', (DATABASE_URL) => {
  const [line, ...more] = linesOf({ DATABASE_URL })
  expect(more).toEqual([])
  expect(line).toContain('Expected DATABASE_URL')
  expect(line).not.toMatch(/hun|ter2/)
})

test.each([
  'redis://me:hunter2@h:99999',
  'redis://me:hunter2%@h',
  'redis://me:hunter2@h/tasks',
  'http://me:hunter2@h',
  'me:hunter2@h:6379',
  'localhost:6379',
  'redis:///0',
])('readEnvironment() refuses REDIS_URL=%s without showing it', (REDIS_URL) => {
  const [line, ...more] = linesOf({ REDIS_URL })
  expect(more).toEqual([])
  expect(line).toContain('Expected REDIS_URL')
  expect(line).not.toMatch(/hun|ter2|localhost/)
})

test('readEnvironment() keeps a problem short and on one line', () => {
  const [line = ''] = linesOf({ PORT: `1\n${'x'.repeat(5_000)}` })
  expect(line).not.toContain('\n')
  expect(line.length).toBeLessThan(150)
})
