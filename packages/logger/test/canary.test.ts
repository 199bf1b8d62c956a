import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRandom } from '@breakwater/testing/simulation'
import { expect, onTestFinished, test } from 'vitest'
import { createDestination, createLogger, type Logger } from '../src/index.ts'
import { parseLine } from './support/collect.ts'

type Random = () => number

function pick<item>(random: Random, items: readonly item[]): item {
  return items[Math.floor(random() * items.length)] as item
}

/** A secret that is found again wherever it goes: letters and digits only, so that nothing escapes it. */
function makeSecret(random: Random): string {
  return `canary${Array.from({ length: 20 }, () => pick(random, [...'abcdefghjkmnpqrstuvwxyzABCDEFGHJKMNPQRSTUVWXYZ23456789'])).join('')}`
}

const NAMES = [
  'password',
  'user_password',
  'newPassword',
  'DB_PASSWORD',
  'secret',
  'clientSecret',
  'token',
  'accessToken',
  'refresh_token',
  'x-api-key',
  'apiKey',
  'authorization',
  'Proxy-Authorization',
  'cookie',
  'Set-Cookie',
  'privateKey',
  'sessionId',
  'passphrase',
  'credentials',
  'jwt',
  'otp',
] as const

/** Texts with a secret in them. */
const TEXTS: readonly ((secret: string) => string)[] = [
  (secret) => `Authorization: Bearer ${secret}`,
  (secret) => `sent bearer ${secret} to them`,
  (secret) => `Basic ${Buffer.from(`bob:${secret}`).toString('base64')}`,
  (secret) => `https://bob:${secret}@example.com/path`,
  (secret) => `redis://:${secret}@localhost:6379/0 is not there`,
  (secret) => `GET /callback?state=1&access_token=${secret}&x=2 HTTP/1.1`,
  (secret) => `https://example.com/?api_key=${secret}`,
  (secret) => `Cookie: theme=dark; sid=${secret}; lang=en`,
  (secret) => `Set-Cookie: session=${secret}; HttpOnly`,
  (secret) => JSON.stringify({ user: 'bob', password: secret, deep: { token: secret } }),
  (secret) => JSON.stringify(JSON.stringify({ password: secret })),
  (secret) => JSON.stringify({ body: JSON.stringify({ credentials: { secret } }) }),
  (secret) => `login failed: password=${secret} for bob`,
  (secret) => `login failed: password='${secret} and more' for bob`,
  (secret) => `DB_PASSWORD=${secret} node main.js`,
  (secret) => `mysql --password=${secret} -h db`,
  (secret) => `{ password: '${secret}', user: 'bob' }`,
  (secret) => `username=bob&password=${secret}&submit=1`,
  (secret) => `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.${secret}`,
  (secret) => `-----BEGIN RSA PRIVATE KEY-----\n${secret}\n${secret}\n-----END RSA PRIVATE KEY-----`,
  (secret) => `-----BEGIN PRIVATE KEY-----\\n${secret}`,
]

/** Values that hide a secret by the name they are under, or by what is around it. */
const PLACES: readonly ((random: Random, secret: string) => unknown)[] = [
  (random, secret) => ({ [pick(random, NAMES)]: secret }),
  (random, secret) => ({ [pick(random, NAMES)]: [secret, { a: secret }] }),
  (random, secret) => new Map([[pick(random, NAMES), secret]]),
  (random, secret) => new Map([['config', new Map([[pick(random, NAMES), { value: secret }]])]]),
  (random, secret) => [{ [pick(random, NAMES)]: secret }],
  (random, secret) => new Set([{ [pick(random, NAMES)]: secret }]),
  (_, secret) => ['Host', 'x', 'Authorization', secret, 'Cookie', `a=${secret}`],
  (_, secret) => ({ name: 'authorization', value: secret }),
  (_, secret) => new Headers({ authorization: secret, cookie: secret }),
  (_, secret) => new URLSearchParams({ access_token: secret }),
  (_, secret) => new URL(`https://bob:${secret}@example.com/?token=${secret}`),
  (_, secret) => ({ method: 'GET', url: `/?token=${secret}`, headers: { cookie: secret }, socket: {} }),
  (_, secret) => ({ statusCode: 200, getHeaders: () => ({ 'set-cookie': [secret] }) }),
  (_, secret) => new Error(`could not reach https://a:${secret}@b`, { cause: { password: secret } }),
  (_, secret) => Object.assign(new Error('no'), { config: { headers: { Authorization: `Bearer ${secret}` } } }),
  (_, secret) => new AggregateError([new Error(`token=${secret}`)], 'all'),
  (random, secret) => ({ toJSON: () => ({ [pick(random, NAMES)]: secret }) }),
  (random, secret) => Object.defineProperty({}, pick(random, NAMES), { enumerable: true, get: () => secret }),
  (random, secret) => Object.assign(Object.create(null), { [pick(random, NAMES)]: secret }),
  (random, secret) => pick(random, TEXTS)(secret),
  (random, secret) => ({ note: pick(random, TEXTS)(secret) }),
  (random, secret) => ({ [pick(random, TEXTS)(secret)]: 'a name is text, too' }),
  (_, secret) => Object.assign(() => secret, { secret }),
  (_, secret) => Buffer.from(secret),
]

/** Puts something somewhere deep inside of something else. */
function bury(random: Random, value: unknown): unknown {
  let buried = value
  for (let depth = Math.floor(random() * 6); depth > 0; depth--) {
    const within = buried
    buried = pick<() => unknown>(random, [
      () => ({ a: 1, b: within, c: 'x' }),
      () => [1, within, 'x'],
      () => new Map([['m', within]]),
      () => new Set([within]),
      () => ({ cause: within }),
      () => Object.assign(new Error('outer'), { details: within }),
      () => ({ toJSON: () => within }),
    ])()
  }
  return buried
}

/** Ways to get something into a line. */
const WAYS: readonly ((logger: Logger, value: unknown, text: string) => void)[] = [
  (logger, value) => logger.info({ value }, 'hello'),
  (logger, value) => logger.error(value),
  (logger, value) => logger.info({ deep: { value } }),
  (logger, value) => logger.child({ value }).info('hello'),
  (logger, value) => logger.child({ value }).child({ more: 1 }).warn('hello'),
  (logger, value) => logger.withContext({ value }, () => logger.info('hello')),
  (logger, value) => logger.info('hello %o and %j', value, value),
  (logger, _, text) => logger.info(text),
  (logger, _, text) => logger.info('hello %s', text),
  (logger, _, text) => logger.error(new Error(text)),
  (logger, _, text) => logger.error(new Error('outer', { cause: new Error(text) }), text),
  (logger, value, text) => logger.security('x', { value, text }),
  (logger, value, text) => logger.performance(text, 500, { value }),
  (logger, value) => logger.request('x', { outcome: 'failed', durationMs: 1 }, { value }),
  (logger, value, text) => (logger.pino.info as (...line: unknown[]) => void)({ value }, text),
  (logger, value) => logger.pino.child({ value }).info('hello'),
]

test('no secret gets into the bytes of a file, wherever it is put', () => {
  const folder = mkdtempSync(join(tmpdir(), 'logger-canary-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'app.log')
  const destination = createDestination({ path })
  const logger = createLogger({ level: 'trace', destination, hear: false, crashes: false, requests: { slowMs: 1 } })
  const random = createRandom(20261121)
  const secrets: string[] = []
  for (let n = 0; n < 6_000; n++) {
    const secret = makeSecret(random)
    secrets.push(secret)
    const value = bury(random, pick(random, PLACES)(random, secret))
    const text = `some words before ${pick(random, TEXTS)(secret)} and some after`
    pick(random, WAYS)(logger, value, text)
  }
  logger.flush()
  const bytes = readFileSync(path, 'latin1')
  const lines = bytes.trimEnd().split('\n')
  expect(lines).toHaveLength(6_000)
  const leaks = [...bytes.matchAll(/canary[A-Za-z2-9]{20}/g)].map(({ index }) => bytes.slice(index - 150, index + 30))
  expect(leaks.slice(0, 3)).toEqual([])
  // Of base64, nothing of what is within may be found either.
  for (const secret of secrets)
    if (bytes.includes(Buffer.from(`bob:${secret}`).toString('base64'))) expect.fail('credentials in base64')
  for (const line of lines) parseLine(`${line}\n`)
})
