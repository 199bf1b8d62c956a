import { expect, test } from 'vitest'
import { providerTokens } from './detectors.ts'
import type { RedactOptions } from './options.ts'
import { createRedactor, REDACTED } from './redactor.ts'

test('hides() takes further names by their words', () => {
  const { hides } = createRedactor({ secretNames: ['licenceKey', 'Field 7', 'пароль'] })
  const hidden = [
    'licenceKey',
    'LICENCE_KEY',
    'x-licence-key',
    'user.licence.key',
    'licencekey',
    'field7',
    'FIELD-7',
    'Пароль',
  ]
  expect(hidden.filter((name) => !hides(name))).toEqual([])
  expect(['licence', 'keyLicence', 'field', 'field8', 'password'].filter(hides)).toEqual(['password'])
})

test('hides() shows names that are plain, and only those', () => {
  const { hides } = createRedactor({ plainNames: ['token', 'x-auth'], secretNames: ['token'] })
  expect(['token', 'TOKEN', 'user.token', 'X-Auth', 'xAuth'].filter(hides)).toEqual([])
  expect(['accessToken', 'tokens', 'auth'].filter((name) => !hides(name))).toEqual([])
})

test('text() knows further and plain names, too', () => {
  const { text } = createRedactor({ secretNames: ['licenceKey', 'пароль'], plainNames: ['token', 'code'] })
  expect(text('{"licence_key":"abc"} Пароль: abc, token=abc')).toBe(
    '{"licence_key":"[redacted]"} Пароль: [redacted], token=abc',
  )
  expect(text('/x?code=abc&key=def')).toBe('/x?code=abc&key=[redacted]')
})

test('text() runs further detectors after its own, in their order', () => {
  const { text, counts } = createRedactor({
    detectors: [
      { name: 'iban', pattern: /\bDE\d{20}\b/g },
      { name: 'badge', pattern: /badge (\d+)/g, replacement: 'badge of $1 digits'.replace('$1', '#') },
      { name: 'second', pattern: /\[redacted iban\]/g, replacement: '<$&>' },
    ],
  })
  expect(text('DE89370400440532013000 has badge 17 and password=x')).toBe(
    '<[redacted iban]> has badge of # digits and password=[redacted]',
  )
  expect(Object.fromEntries(counts)).toMatchObject({ iban: 1, badge: 1, second: 1, text: 1, name: 0 })
})

test('text() does not depend on where a pattern of somebody else stands', () => {
  const pattern = /a+/g
  pattern.lastIndex = 3
  const { text } = createRedactor({ detectors: [{ name: '$&', pattern }] })
  expect([text('caab'), text('aa')]).toEqual(['c[redacted $&]b', '[redacted $&]'])
  expect(pattern.lastIndex).toBe(3)
})

test('counts() has one counter for each detector, whatever comes', () => {
  const { text, counts, hidden } = createRedactor()
  const names = [...counts.keys()]
  expect(names).toEqual(['name', 'private key', 'url', 'card', 'text', 'bearer', 'basic', 'jwt'])
  expect([...counts.values()].every((value) => value === 0)).toBe(true)
  text('password=x token=y http://a:b@c Bearer abc1 4111111111111111')
  hidden()
  expect(Object.fromEntries(counts)).toEqual({
    name: 1,
    'private key': 0,
    url: 1,
    card: 1,
    text: 2,
    bearer: 1,
    basic: 0,
    jwt: 0,
  })
  expect([...counts.keys()]).toEqual(names)
})

test('providerTokens finds what looks like a token of a provider, and no words', () => {
  const { text } = createRedactor({ detectors: [providerTokens] })
  const body = 'Ab3'.repeat(12)
  const tokens = [
    `ghp_${body}`,
    `github_pat_${body}`,
    `glpat-${body}`,
    `xoxb-${body}`,
    `sk_live_${body}`,
    `AKIA${'Q2'.repeat(8)}`,
    `AIza${body.slice(1)}`,
    `npm_${body}`,
    `sk-proj-${body}`,
    `SG.${body}.${body}`,
  ]
  expect(tokens.filter((token) => text(`got ${token} here`) !== 'got [redacted provider token] here')).toEqual([])
  for (const plain of ['npm_config_registry', 'risk-of-something-that-is-long-enough', 'AKIARA', 'ghp_short'])
    expect(text(plain)).toBe(plain)
})

test('REDACTED is what stands for a value', () => {
  expect(createRedactor().text('password=x')).toBe(`password=${REDACTED}`)
})

test.each<[unknown, typeof TypeError | typeof RangeError, string]>([
  [{ secretNames: 'x' }, TypeError, 'Expected `redact.secretNames` to be an array, got string'],
  [{ secretNames: [''] }, TypeError, 'Expected `redact.secretNames[0]` to be a string that is not empty, got ""'],
  [{ secretNames: ['a', 1] }, TypeError, 'Expected `redact.secretNames[1]` to be a string that is not empty, got 1'],
  [{ secretNames: ['--'] }, RangeError, 'Expected `redact.secretNames[0]` to have a letter or digit, got "--"'],
  [{ plainNames: null }, TypeError, 'Expected `redact.plainNames` to be an array, got null'],
  [{ plainNames: [''] }, TypeError, 'Expected `redact.plainNames[0]` to be a string that is not empty, got ""'],
  [{ detectors: {} }, TypeError, 'Expected `redact.detectors` to be an array, got object'],
  [{ detectors: [null] }, TypeError, 'Expected `redact.detectors[0]` to be a detector, got null'],
  [{ detectors: [{ name: '', pattern: /a/g }] }, TypeError, 'Expected `redact.detectors[0].name` to be a string'],
  [{ detectors: [{ name: 'a', pattern: 'a' }] }, TypeError, '`redact.detectors[0].pattern` to be a regular expression'],
  [
    { detectors: [{ name: 'a', pattern: /a/ }] },
    RangeError,
    '`redact.detectors[0].pattern` to have the flag g, got /a/',
  ],
  [{ detectors: [{ name: 'a', pattern: /a/gy }] }, RangeError, '`redact.detectors[0].pattern` not to have the flag y'],
  [
    { detectors: [{ name: 'a', pattern: /a*/g }] },
    RangeError,
    '`redact.detectors[0].pattern` not to match an empty text',
  ],
  [
    { detectors: [{ name: 'a', pattern: /a/g, replacement: 1 }] },
    TypeError,
    '.replacement` to be a string, got number',
  ],
  [
    { detectors: [{ name: 'jwt', pattern: /a/g }] },
    RangeError,
    '`redact.detectors[0].name` to be of its own, got "jwt"',
  ],
  [
    {
      detectors: [
        { name: 'a', pattern: /a/g },
        { name: 'a', pattern: /b/g },
      ],
    },
    RangeError,
    '`redact.detectors[1].name`',
  ],
])('createRedactor() refuses %j', (options, type, message) => {
  const create = () => createRedactor(options as RedactOptions)
  expect(create).toThrow(type)
  expect(create).toThrow(message)
})
