import { expect, test } from 'vitest'
import { readEnvironment } from './environment.ts'
import type { Security } from './security-variables.ts'

const SECRET = 'hunter2-hunter2-hunter2-hunter2-'
const PRODUCTION = { NODE_ENV: 'production', SESSION_SECRET: SECRET, CORS_ORIGIN: 'https://tasks.example' }

function linesOf(variables: Record<string, string>): readonly string[] {
  try {
    readEnvironment(variables)
  } catch (error) {
    return (error as { lines: readonly string[] }).lines
  }
  return []
}

test('readSecurity() has a default for everything outside production', () => {
  expect(readEnvironment({}).security).toEqual({
    sessionSecrets: [],
    corsOrigins: ['http://localhost:3000'],
    trustedProxies: [],
    requireHttps: undefined,
    rateLimit: 60_000,
    adminRateLimit: 10,
  } satisfies Security)
})

test('readSecurity() requires in production what has no safe default', () => {
  expect(linesOf({ NODE_ENV: 'production' })).toEqual([
    'Expected SESSION_SECRET to be set in production: at least 32 characters',
    expect.stringMatching(/^Expected CORS_ORIGIN to be set in production: origins like /),
  ])
  expect(readEnvironment(PRODUCTION).security).toMatchObject({ rateLimit: 6_000, adminRateLimit: 10 })
})

test('readSecurity() reads every variable', () => {
  expect(
    readEnvironment({
      SESSION_SECRET: `${SECRET},${SECRET}older`,
      CORS_ORIGIN: 'https://tasks.example, http://127.0.0.1:8080',
      TRUST_PROXY: 'loopback, 10.0.0.0/8,2001:db8::/32,192.0.2.1',
      REQUIRE_HTTPS: 'redirect',
      RATE_LIMIT: '100000000',
      ADMIN_RATE_LIMIT: '1',
    }).security,
  ).toEqual({
    sessionSecrets: [SECRET, `${SECRET}older`],
    corsOrigins: ['https://tasks.example', 'http://127.0.0.1:8080'],
    trustedProxies: ['loopback', '10.0.0.0/8', '2001:db8::/32', '192.0.2.1'],
    requireHttps: 'redirect',
    rateLimit: 100_000_000,
    adminRateLimit: 1,
  } satisfies Security)
})

test.each(['', 'hunter2', `${SECRET},hunter2`, `${SECRET},`, ','])(
  'readSecurity() refuses SESSION_SECRET=%s without showing it',
  (SESSION_SECRET) => {
    const [line, ...more] = linesOf({ SESSION_SECRET })
    expect(more).toEqual([])
    expect(line).toContain('Expected SESSION_SECRET to be at least 32 characters')
    expect(line).not.toContain('hunter2')
  },
)

test.each([
  ['CORS_ORIGIN', ''],
  ['CORS_ORIGIN', '*'],
  ['CORS_ORIGIN', 'null'],
  ['CORS_ORIGIN', 'tasks.example'],
  ['CORS_ORIGIN', 'https://tasks.example/'],
  ['CORS_ORIGIN', 'https://Tasks.example'],
  ['CORS_ORIGIN', 'https://tasks.example:443'],
  ['CORS_ORIGIN', 'ftp://tasks.example'],
  ['CORS_ORIGIN', 'https://tasks.example,*'],
  ['TRUST_PROXY', ''],
  ['TRUST_PROXY', 'true'],
  ['TRUST_PROXY', '1'],
  ['TRUST_PROXY', '10.0.0.0/33'],
  ['TRUST_PROXY', '::1/129'],
  ['TRUST_PROXY', '10.0.0.0/8/8'],
  ['TRUST_PROXY', 'loopback,proxy.example'],
  ['RATE_LIMIT', '0'],
  ['RATE_LIMIT', '100000001'],
  ['RATE_LIMIT', '1e3'],
  ['ADMIN_RATE_LIMIT', '-1'],
])('readSecurity() refuses %s=%s', (name, text) => {
  expect(linesOf({ [name]: text })).toEqual([expect.stringContaining(`Expected ${name} to be `)])
})

test('readSecurity() refuses REQUIRE_HTTPS without a proxy that can tell', () => {
  expect(linesOf({ REQUIRE_HTTPS: 'yes', TRUST_PROXY: 'loopback' })).toEqual([
    'Expected REQUIRE_HTTPS to be one of redirect, refuse, got "yes"',
  ])
  expect(linesOf({ REQUIRE_HTTPS: 'refuse' })).toEqual([expect.stringContaining('Expected TRUST_PROXY to be set')])
})
