import { expect, test } from 'vitest'
import { readSettings } from './settings.ts'

test('readSettings() has plain HTTP/1.1, at once, without anything else', () => {
  expect(readSettings({})).toEqual({
    protocols: ['http1'],
    delayMs: 0,
    hook: undefined,
    isSlow: false,
    workers: 0,
    key: undefined,
    cert: undefined,
  })
})

test('readSettings() reads what it is told', () => {
  const env = {
    SUBJECT_PROTOCOLS: 'https,h2c',
    SUBJECT_DELAY_MS: '700',
    SUBJECT_HOOK: 'hang',
    SUBJECT_START: 'slow',
    SUBJECT_WORKERS: '2',
    SUBJECT_KEY: 'key',
    SUBJECT_CERT: 'cert',
  }
  expect(readSettings(env)).toEqual({
    protocols: ['https', 'h2c'],
    delayMs: 700,
    hook: 'hang',
    isSlow: true,
    workers: 2,
    key: 'key',
    cert: 'cert',
  })
})

test.each([
  [{ SUBJECT_PROTOCOLS: 'spdy' }, 'Expected `SUBJECT_PROTOCOLS` to be of http1, https, http2, h2c, got "spdy"'],
  [{ SUBJECT_DELAY_MS: 'soon' }, 'Expected `SUBJECT_DELAY_MS` to be an integer of at least 0, got "soon"'],
])('readSettings() throws at %o', (env, message) => {
  expect(() => readSettings(env)).toThrow(message)
})
