import { expect, test } from 'vitest'
import { rankOf } from './levels.ts'
import { levelOf, toLogLine } from './log-line.ts'

const at = Date.UTC(2026, 10, 21, 18, 22, 8, 123)
const time = '2026-11-21T18:22:08.123Z'

test.each([
  ['our own', { level: 'warn', time, msg: 'hello' }],
  ['ECS', { '@timestamp': time, 'log.level': 'warn', message: 'hello', msg: 'a field', level: 'a field' }],
  ['ECS with objects', { '@timestamp': time, log: { level: 'warn' }, message: 'hello' }],
  ['Loki', { ts: time, level: 'warn', msg: 'hello', time: 'a field' }],
  ['pino', { level: 40, time: at, pid: 1, msg: 'hello' }],
  ['pino with seconds', { level: 40, time: at / 1_000, msg: 'hello' }],
  ['seconds in a text', { level: 40, time: String(at / 1_000), msg: 'hello' }],
  ['nanoseconds in a text', { level: 'warning', ts: `${at}000000`, msg: 'hello' }],
  ['a field that is called as our time in Loki', { level: 'WARN', time, ts: 7, msg: 'hello' }],
])('toLogLine() reads the shape: %s', (_name, fields) => {
  expect(toLogLine(fields)).toEqual({ at, level: 'warn', message: 'hello', fields })
})

test.each([
  ['a text', 'text'],
  ['null', null],
  ['an array', [{ time }]],
  ['no time', { level: 'info', msg: 'hello' }],
  ['a time that is none', { level: 'info', time: 'soon' }],
  ['a time before 1970', { time: -1 }],
  ['an endless time', { time: Number.POSITIVE_INFINITY }],
])('toLogLine() takes no %s', (_name, fields) => {
  expect(toLogLine(fields)).toBeUndefined()
})

test('toLogLine() leaves empty what is not there, and a level that is not known as it is', () => {
  expect(toLogLine({ time })).toMatchObject({ level: '', message: '' })
  expect(toLogLine({ time, level: 'audit', msg: { no: 'text' } })).toMatchObject({ level: 'audit', message: '' })
  expect(toLogLine({ time, level: 35 })).toMatchObject({ level: '35' })
})

test.each([
  ['trace', 10],
  ['DEBUG', 20],
  [30, 30],
  ['warning', 40],
  ['err', 50],
  ['critical', 60],
  [35, 35],
  ['audit', Number.NaN],
  [undefined, Number.NaN],
])('rankOf() knows how much %s matters', (level, rank) => {
  expect(rankOf(level)).toBe(rank)
})

test('levelOf() finds a level in the place of its shape first', () => {
  expect(levelOf({ level: 'info', log: { level: 'warn' } })).toBe('info')
  expect(levelOf({ '@timestamp': time, level: 'info', log: { level: 'warn' } })).toBe('warn')
  expect(levelOf({ log: { level: 'warn' } })).toBe('warn')
})
