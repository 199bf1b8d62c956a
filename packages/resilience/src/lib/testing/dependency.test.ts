import { expect, test } from 'vitest'
import { createDependency } from './dependency.ts'

test('createDependency() ends calls when the test says so, oldest first', async () => {
  const { call, calls, ...dependency } = createDependency()
  const first = call()
  const second = call({ attempt: 2 })
  expect(calls.map(({ state }) => state)).toEqual(['under way', 'under way'])
  dependency.succeed('one')
  dependency.fail('down')
  await expect(first).resolves.toBe('one')
  await expect(second).rejects.toBe('down')
  expect(calls.map(({ state, attempt }) => [state, attempt])).toEqual([
    ['succeeded', undefined],
    ['failed', 2],
  ])
})

test('createDependency() ends one call of several', async () => {
  const dependency = createDependency()
  void dependency.call()
  const second = dependency.call()
  dependency.calls[1]?.succeed('two')
  dependency.calls[1]?.fail('too late')
  await expect(second).resolves.toBe('two')
  expect(dependency.underWay).toBe(1)
})

test('createDependency() counts how many calls there were at once', async () => {
  const dependency = createDependency()
  for (const _ of [1, 2, 3]) void dependency.call()
  dependency.succeed()
  void dependency.call()
  expect(dependency).toMatchObject({ underWay: 3, mostUnderWay: 3 })
})

test('createDependency() ends a call whose signal aborts, with its reason', async () => {
  const dependency = createDependency()
  const controller = new AbortController()
  const calling = dependency.call({ signal: controller.signal })
  controller.abort('enough')
  await expect(calling).rejects.toBe('enough')
  await expect(dependency.call({ signal: controller.signal })).rejects.toBe('enough')
  expect(dependency.calls.map(({ state }) => state)).toEqual(['aborted', 'aborted'])
})

test('createDependency() goes on when it is deaf', async () => {
  const dependency = createDependency({ isDeaf: true })
  const calling = dependency.call({ signal: AbortSignal.abort() })
  dependency.succeed('anyway')
  await expect(calling).resolves.toBe('anyway')
})

test('createDependency() refuses to end what is not under way', () => {
  expect(() => createDependency().succeed()).toThrow('Cannot end a call as none is under way')
})
