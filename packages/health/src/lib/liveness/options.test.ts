import { expect, test } from 'vitest'
import { resolveLivenessOptions } from './options.ts'

test('resolveLivenessOptions() takes the port of the environment, if none is given', () => {
  expect(resolveLivenessOptions({}, { HEALTH_PORT: '9000' })).toEqual({ port: 9_000, host: undefined, stallMs: 10_000 })
  expect(resolveLivenessOptions({ port: 0 }, { HEALTH_PORT: '9000' }).port).toBe(0)
})

test.for([
  [{}, {}, 'Expected `port` or the environment variable HEALTH_PORT to be set'],
  [{}, { HEALTH_PORT: '' }, 'HEALTH_PORT to be set'],
  [{}, { HEALTH_PORT: '80a' }, '`HEALTH_PORT` to be a port from 0 to 65535, got "80a"'],
  [{}, { HEALTH_PORT: '70000' }, '`HEALTH_PORT`'],
  [{ port: -1 }, {}, '`port` to be a port from 0 to 65535, got -1'],
  [{ port: 1, stallMs: 0 }, {}, '`stallMs`'],
  [{ port: 1, host: '' }, {}, '`host`'],
] as const)('resolveLivenessOptions() names what is wrong with %j in %j', ([options, env, text]) => {
  expect(() => resolveLivenessOptions(options, env)).toThrow(text)
})
