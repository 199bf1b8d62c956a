import { createManualClock, type ManualClock } from '@breakwater/core/testing'
import { expect, test } from 'vitest'
import { HookTimeoutError } from '../errors.ts'
import type { HookReport } from '../report.ts'
import { type HookContext, type HookOptions, type ShutdownHook, toHook } from './hook.ts'
import { Hooks } from './hooks.ts'
import { runHooks } from './run-hooks.ts'

interface Trial {
  readonly clock: ManualClock
  readonly failures: HookReport[]
  readonly reports: Promise<readonly HookReport[]>
}

function run(
  all: readonly (readonly [name: string, hook: ShutdownHook, options?: HookOptions])[],
  leftMs = 1_000,
): Trial {
  const clock = createManualClock()
  const hooks = new Hooks()
  for (const [name, hook, options = {}] of all) hooks.add(toHook(name, hook, options))
  const failures: HookReport[] = []
  const reports = runHooks(hooks, {
    clock,
    reason: { kind: 'request' },
    dueMs: clock.now() + leftMs,
    onFailure: (report) => failures.push(report),
  })
  return { clock, failures, reports }
}

/** Lets promises settle. */
const settle = (): Promise<void> => new Promise(setImmediate)

function held(): { readonly hook: ShutdownHook; release(): void } {
  let release = (): void => {}
  const promise = new Promise<void>((resolve) => {
    release = resolve
  })
  return { hook: () => promise, release: () => release() }
}

test('runHooks() runs a hook when all that depend on it have ended, and independent ones at once', async () => {
  const order: string[] = []
  const note =
    (name: string, hook: ShutdownHook): ShutdownHook =>
    async (context) => {
      order.push(`${name} begins`)
      await hook(context)
      order.push(`${name} ends`)
    }
  const cache = held()
  const jobs = held()
  const { reports } = run([
    ['redis', note('redis', () => {})],
    ['cache', note('cache', cache.hook), { dependsOn: ['redis'] }],
    ['jobs', note('jobs', jobs.hook), { dependsOn: ['redis'] }],
    ['files', note('files', () => {})],
  ])
  await settle()
  expect(order).toEqual(['cache begins', 'jobs begins', 'files begins', 'files ends'])
  cache.release()
  await settle()
  expect(order.slice(4)).toEqual(['cache ends'])
  jobs.release()
  expect((await reports).map(({ name, outcome }) => `${name} ${outcome}`)).toEqual([
    'redis done',
    'cache done',
    'jobs done',
    'files done',
  ])
  expect(order.slice(5)).toEqual(['jobs ends', 'redis begins', 'redis ends'])
})

test('runHooks() goes on after a hook that throws or rejects, and tells of it', async () => {
  const thrown = new Error('thrown')
  const rejected = new Error('rejected')
  const { reports, failures } = run([
    [
      'a',
      () => {
        throw thrown
      },
      { dependsOn: ['c'] },
    ],
    ['b', () => Promise.reject(rejected), { dependsOn: ['c'] }],
    ['c', () => {}],
  ])
  expect((await reports).map(({ outcome, error }) => [outcome, error])).toEqual([
    ['failed', thrown],
    ['failed', rejected],
    ['done', undefined],
  ])
  expect(failures.map(({ name }) => name)).toEqual(['a', 'b'])
})

test('runHooks() goes on without a hook that takes longer than its limit, and aborts it', async () => {
  let context: HookContext | undefined
  const { clock, reports, failures } = run([
    [
      'slow',
      (given) => {
        context = given
        return new Promise(() => {})
      },
      { limitMs: 100, dependsOn: ['next'] },
    ],
    ['next', () => {}],
  ])
  clock.advance(99)
  await settle()
  expect([failures.length, context?.signal.aborted]).toEqual([0, false])
  clock.advance(1)
  const [slow, next] = await reports
  expect(slow).toMatchObject({ outcome: 'late', durationMs: 100 })
  expect(slow?.error).toEqual(new HookTimeoutError('slow', 100))
  expect(context?.signal.reason).toBe(slow?.error)
  expect(next?.outcome).toBe('done')
})

test('runHooks() does not begin what comes after the deadline', async () => {
  let isCalled = false
  const { clock, reports } = run([
    ['hangs', () => new Promise(() => {}), { dependsOn: ['next'] }],
    [
      'next',
      () => {
        isCalled = true
      },
    ],
  ])
  clock.advance(1_000)
  expect((await reports).map(({ outcome }) => outcome)).toEqual(['late', 'skipped'])
  expect(isCalled).toBe(false)
})

test('runHooks() takes no notice of a late hook that ends after all', async () => {
  const slow = held()
  const { clock, reports, failures } = run([['slow', slow.hook, { limitMs: 10 }]])
  clock.advance(10)
  slow.release()
  await settle()
  expect((await reports)[0]?.outcome).toBe('late')
  expect(failures).toHaveLength(1)
})
