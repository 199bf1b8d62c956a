import { pino } from 'pino'
import { expect, test } from 'vitest'
import { createLogger, type LoggerOptions } from '../src/index.ts'

test.each<[string, object, RegExp]>([
  ['an empty name', { name: '' }, /`name`/],
  ['an empty service', { service: '' }, /`service`/],
  ['an empty env', { env: '' }, /`env`/],
  ['an unknown level', { level: 'loud' }, /`level`.*"loud"/],
  ['an unknown shape', { shape: 'xml' }, /`shape`.*"xml"/],
  ['a destination that takes nothing', { destination: {} }, /`destination`/],
  ['a destination and a pino', { destination: { write() {} }, pino: pino() }, /`destination`.*`pino`/],
  ['a sample ratio over 1', { sampleRatio: 1.1 }, /`sampleRatio`.*1\.1/],
  ['a negative slowMs', { requests: { slowMs: -1 } }, /`requests\.slowMs`.*-1/],
  ['verySlowMs before slowMs', { requests: { slowMs: 500, verySlowMs: 400 } }, /verySlowMs.*slowMs.*400 and 500/],
  ['a burst of none', { requests: { burst: { count: 0 } } }, /`requests\.burst\.count`.*0/],
  ['a burst in no time', { requests: { burst: { windowMs: 0 } } }, /`requests\.burst\.windowMs`.*0/],
  ['a client that is no function', { requests: { client: 'x' } }, /`requests\.client`/],
  ['an empty header', { context: { requestIdHeader: '' } }, /`context\.requestIdHeader`/],
  ['a span that is no function', { context: { activeSpan: {} } }, /`context\.activeSpan`/],
  ['an unknown level of an event', { hear: { levels: { 'a:b': 'loud' } } }, /`hear\.levels\["a:b"\]`.*"loud"/],
  ['an empty channel', { hear: { channels: [''] } }, /`hear\.channels\[0\]`/],
  ['no depth', { limits: { maxDepth: 0 } }, /`limits\.maxDepth`.*0/],
  ['half an entry', { limits: { maxEntries: 0.5 } }, /`limits\.maxEntries`.*0\.5/],
])('createLogger() refuses %s, and names it', (_, options, message) => {
  expect(() => createLogger({ ...options, crashes: false } as LoggerOptions)).toThrow(message)
})

test('what is undefined has its default', () => {
  const undefinedOptions: LoggerOptions = {
    level: undefined,
    service: undefined,
    env: undefined,
    shape: undefined,
    requests: undefined,
  }
  expect(createLogger({ ...undefinedOptions, crashes: false, hear: false }).level).toBe('info')
})
