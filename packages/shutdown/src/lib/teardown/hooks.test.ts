import { expect, test } from 'vitest'
import { type HookOptions, toHook } from './hook.ts'
import { Hooks } from './hooks.ts'

function hooksOf(...all: readonly (readonly [name: string, dependsOn?: readonly string[]])[]): Hooks {
  const hooks = new Hooks()
  for (const [name, dependsOn] of all) hooks.add(toHook(name, () => {}, { dependsOn }))
  return hooks
}

/** What becomes an uncaught error at the end of this turn. */
async function uncaughtOf(run: () => void): Promise<unknown> {
  const others = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  try {
    return await new Promise((resolve) => {
      process.once('uncaughtException', resolve)
      run()
      setImmediate(() => resolve(undefined))
    })
  } finally {
    process.removeAllListeners('uncaughtException')
    for (const other of others) process.on('uncaughtException', other)
  }
}

test('Hooks#dependentsOf() gives those that have to end before', () => {
  const hooks = hooksOf(['cache', ['redis']], ['jobs', ['redis', 'database']], ['redis'], ['database'])
  expect(hooks.dependentsOf('redis').map(({ name }) => name)).toEqual(['cache', 'jobs'])
  expect(hooks.dependentsOf('cache')).toEqual([])
})

test('Hooks#add() refuses a name that is taken', () => {
  expect(() => hooksOf(['redis'], ['redis'])).toThrow(
    new TypeError('Expected each hook to have a name of its own, got "redis" twice'),
  )
})

test('Hooks#add() refuses a hook that depends on itself, however far around', () => {
  expect(() => hooksOf(['a', ['a']])).toThrow(new TypeError('Expected no hook to depend on itself, got "a" -> "a"'))
  expect(() => hooksOf(['a', ['b']], ['b', ['c']], ['c', ['a']])).toThrow(
    new TypeError('Expected no hook to depend on itself, got "c" -> "a" -> "b" -> "c"'),
  )
})

test('Hooks#add() takes many ways to the same hook', () => {
  expect(hooksOf(['a', ['b', 'c']], ['b', ['d']], ['c', ['d']], ['d']).all).toHaveLength(4)
})

test('Hooks#add() complains at the end of the turn of a name that nobody has', async () => {
  const error = await uncaughtOf(() => hooksOf(['cache', ['redis', 'rediss']], ['redis']))
  expect(error).toEqual(new TypeError('Expected `dependsOn` of "cache" to name hooks, got "rediss"'))
  expect((error as Error).stack).toMatch(/^TypeError: Expected `dependsOn` of "cache"/)
  expect((error as Error).stack).toContain('hooks.test.ts')
})

test('Hooks#add() takes what is added later in the same turn', async () => {
  expect(await uncaughtOf(() => hooksOf(['cache', ['redis']], ['redis']))).toBeUndefined()
})

test.for<readonly [string, () => unknown, string]>([
  ['no name', () => toHook('', () => {}, {}), 'Expected `name` to be a string that is not empty, got ""'],
  ['no function', () => toHook('a', 1 as never, {}), 'Expected `hook` to be a function, got 1'],
  [
    'no time',
    () => toHook('a', () => {}, { limitMs: 0 }),
    'Expected `limitMs` to be a number of milliseconds over 0, got 0',
  ],
  ['a dependency without a name', () => toHook('a', () => {}, { dependsOn: [''] } as HookOptions), 'got ""'],
])('toHook() refuses %s', ([, run, message]) => {
  expect(run).toThrow(message)
})
