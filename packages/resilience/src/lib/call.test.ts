import type { Measurement } from '@breakwater/core'
import { expect, test } from 'vitest'
import { StagedPolicy } from './doors.ts'
import { BulkheadFullError } from './errors.ts'
import { LazyRefusal } from './refusal.ts'
import { AGAIN, type OngoingCall, type Stage, WAITING } from './stage.ts'

/** Writes down what it sees, and does what a test tells it. */
class Probe implements Stage {
  readonly mayAbort: boolean
  readonly #log: string[]
  readonly #name: string
  onEnter: (call: OngoingCall, slot: number) => ReturnType<Stage['enter']> = () => undefined
  onLeave: (call: OngoingCall, slot: number) => ReturnType<Stage['leave']> = () => undefined

  constructor(name: string, log: string[], mayAbort = false) {
    this.#name = name
    this.#log = log
    this.mayAbort = mayAbort
  }

  enter(call: OngoingCall, slot: number): ReturnType<Stage['enter']> {
    this.#log.push(`+${this.#name}`)
    return this.onEnter(call, slot)
  }

  leave(call: OngoingCall, slot: number): ReturnType<Stage['leave']> {
    this.#log.push(`-${this.#name}${call.abandoned ? '!' : ''}`)
    return this.onLeave(call, slot)
  }
}

class Staged extends StagedPolicy {
  readonly kind = 'test'
  readonly stages: readonly Stage[]
  constructor(stages: readonly Stage[]) {
    super('test')
    this.stages = stages
  }
  measure(): readonly Measurement[] {
    return []
  }
}

function create(mayAbort = false): { policy: Staged; a: Probe; b: Probe; c: Probe; log: string[] } {
  const log: string[] = []
  const [a, b, c] = ['a', 'b', 'c'].map((name) => new Probe(name, log, mayAbort)) as [Probe, Probe, Probe]
  return { policy: new Staged([a, b, c]), a, b, c, log }
}

test('walks the stages inwards, runs, and walks them outwards', async () => {
  const { policy, log } = create()
  await expect(policy.execute(() => log.push('run'))).resolves.toBe(4)
  expect(log).toEqual(['+a', '+b', '+c', 'run', '-c', '-b', '-a'])
})

test('a refusal leaves only the stages that were entered', async () => {
  const { policy, b, log } = create()
  b.onEnter = () => new LazyRefusal('pool', 7, BulkheadFullError)
  await expect(policy.execute(() => log.push('run'))).rejects.toMatchObject({ policy: 'pool', retryAfterMs: 7 })
  expect(log).toEqual(['+a', '+b', '-a'])
})

test('the caller gets exactly what was returned or thrown', async () => {
  const { policy } = create()
  const value = { deep: [] }
  await expect(policy.execute(() => value)).resolves.toBe(value)
  await expect(policy.execute(async () => value)).resolves.toBe(value)
  // biome-ignore lint/suspicious/noThenProperty: a promise of somebody else
  await expect(policy.execute(() => ({ then: (ok: (value: unknown) => void) => ok(value) }))).resolves.toBe(value)
  await expect(policy.execute(() => Promise.reject(value))).rejects.toBe(value)
  await expect(
    policy.execute(() => {
      throw value
    }),
  ).rejects.toBe(value)
  for (const odd of [undefined, null, 0, '', false, Number.NaN, Object.create(null), () => 5])
    await expect(policy.execute(() => odd)).resolves.toBe(odd)
  await expect(policy.execute(() => Promise.reject())).rejects.toBe(undefined)
})

test('a stage that lets it wait goes on when it says so', async () => {
  const { policy, b, log } = create()
  let waiting: OngoingCall | undefined
  b.onEnter = (call) => {
    waiting = call
    return WAITING
  }
  const first = policy.execute(() => log.push('run'))
  expect(log).toEqual(['+a', '+b'])
  waiting?.admit()
  await first
  expect(log).toEqual(['+a', '+b', '+c', 'run', '-c', '-b', '-a'])
  const second = policy.execute(() => log.push('run'))
  waiting?.refuse(new LazyRefusal('pool', 0, BulkheadFullError))
  await expect(second).rejects.toMatchObject({ code: 'ERR_BULKHEAD_FULL' })
  expect(log.slice(-3)).toEqual(['+a', '+b', '-a'])
})

test("the caller's abort leaves every stage as abandoned, also one that lets it wait", async () => {
  const { policy, b, log } = create()
  const controller = new AbortController()
  const running = policy.execute(() => new Promise(() => {}), { signal: controller.signal })
  controller.abort('enough')
  await expect(running).rejects.toBe('enough')
  expect(log.splice(0)).toEqual(['+a', '+b', '+c', '-c!', '-b!', '-a!'])
  b.onEnter = () => WAITING
  const other = new AbortController()
  const waiting = policy.execute(() => log.push('run'), { signal: other.signal })
  other.abort('enough')
  await expect(waiting).rejects.toBe('enough')
  expect(log).toEqual(['+a', '+b', '-b!', '-a!'])
})

test('giving up settles at once: those further in are left as abandoned', async () => {
  const { policy, b, log } = create(true)
  let call: OngoingCall | undefined
  b.onEnter = (entered) => {
    call = entered
    return undefined
  }
  let signal: AbortSignal | undefined
  const running = policy.execute((context) => {
    signal = context.signal
    return new Promise((resolve) => signal?.addEventListener('abort', () => resolve('late')))
  })
  call?.giveUp(1, 'too long')
  await expect(running).rejects.toBe('too long')
  expect(signal?.reason).toBe('too long')
  expect(log).toEqual(['+a', '+b', '+c', '-c!', '-b', '-a'])
  call?.giveUp(1, 'again')
  expect(log).toHaveLength(6)
})

test('another attempt walks inwards from the stage that wants it, with a context of its own', async () => {
  const { policy, b, log } = create(true)
  let again: (() => void) | undefined
  b.onLeave = (call) => {
    if (call.ok) return undefined
    again = () => call.again()
    return AGAIN
  }
  const attempts: number[] = []
  const signals: AbortSignal[] = []
  const late = Promise.withResolvers<string>()
  let call: OngoingCall | undefined
  b.onEnter = (entered) => {
    call = entered
    return undefined
  }
  const running = policy.execute(({ attempt, signal }) => {
    attempts.push(attempt)
    signals.push(signal)
    return attempt === 1 ? late.promise : 'second'
  })
  call?.giveUp(2, 'too long')
  expect(log.splice(0)).toEqual(['+a', '+b', '+c', '-c', '-b'])
  late.resolve('first')
  await late.promise
  again?.()
  await expect(running).resolves.toBe('second')
  expect(log).toEqual(['+c', '-c', '-b', '-a'])
  expect(attempts).toEqual([1, 2])
  expect(signals.map(({ aborted }) => aborted)).toEqual([true, false])
})

test('an abort from inside of a stage waits until the walk is over', async () => {
  const { policy, b, log } = create()
  const controller = new AbortController()
  b.onEnter = () => {
    controller.abort('enough')
    return undefined
  }
  await expect(policy.execute(() => log.push('run'), { signal: controller.signal })).rejects.toBe('enough')
  expect(log).toEqual(['+a', '+b', '+c', '-c!', '-b!', '-a!'])
})

test('an abort from inside of a stage on the way out changes nothing, unless there is another attempt', async () => {
  const { policy, b, c, log } = create()
  const first = new AbortController()
  c.onLeave = () => {
    first.abort('enough')
    return undefined
  }
  await expect(policy.execute(() => 'done', { signal: first.signal })).resolves.toBe('done')
  const second = new AbortController()
  c.onLeave = () => {
    second.abort('enough')
    return undefined
  }
  b.onLeave = (call) => (call.abandoned ? undefined : AGAIN)
  log.length = 0
  await expect(policy.execute(() => 'done', { signal: second.signal })).rejects.toBe('enough')
  expect(log).toEqual(['+a', '+b', '+c', '-c', '-b', '-b!', '-a!'])
})

test('a function that aborts its own caller runs once, and what it throws later is nobody else’s', async () => {
  const { policy, log } = create()
  const controller = new AbortController()
  const call = policy.execute(
    () => {
      log.push('run')
      controller.abort('enough')
      return Promise.reject(new Error('unheard'))
    },
    { signal: controller.signal },
  )
  await expect(call).rejects.toBe('enough')
  expect(log).toEqual(['+a', '+b', '+c', 'run', '-c!', '-b!', '-a!'])
})

test('takes its listener off the signal of the caller', async () => {
  const { policy } = create()
  const controller = new AbortController()
  let listeners = 0
  const { signal } = controller
  const add = signal.addEventListener.bind(signal)
  const remove = signal.removeEventListener.bind(signal)
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    listeners++
    add(...args)
  }
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    listeners--
    remove(...args)
  }
  await policy.execute(() => 1, { signal })
  await policy.tryExecute(() => Promise.reject(new Error('down')), { signal })
  expect(listeners).toBe(0)
})

test('hands on the signal of the caller as it is, if nobody else may abort', async () => {
  const { signal } = new AbortController()
  await create().policy.execute((context) => expect(context.signal).toBe(signal), { signal })
  await create(true).policy.execute((context) => expect(context.signal).not.toBe(signal), { signal })
})

test('a signal that is made for one call follows the caller, also after the call', async () => {
  const controller = new AbortController()
  const signal = await create(true).policy.execute((context) => context.signal, { signal: controller.signal })
  expect(signal.aborted).toBe(false)
  controller.abort('streaming is over')
  expect(signal.reason).toBe('streaming is over')
})

test('tryExecute() never rejects, and tells a refusal', async () => {
  const { policy, c } = create()
  await expect(policy.tryExecute(() => 1)).resolves.toEqual({ ok: true, value: 1 })
  await expect(policy.tryExecute(() => Promise.reject('down'))).resolves.toMatchObject({ ok: false, error: 'down' })
  await expect(policy.tryExecute(() => 1, { signal: AbortSignal.abort('no') })).resolves.toMatchObject({
    ok: false,
    error: 'no',
    refusal: undefined,
  })
  const refusal = new LazyRefusal('pool', 0, BulkheadFullError)
  c.onEnter = () => refusal
  const outcome = await policy.tryExecute(() => 1)
  expect(outcome).toMatchObject({ ok: false, refusal })
  expect(!outcome.ok && outcome.error).toBe(refusal.error)
})

test('tryAcquire() hands out a permit that walks outwards once', () => {
  const { policy, a, log } = create(true)
  const ends: unknown[] = []
  a.onLeave = ({ ok, value, abandoned }) => void ends.push([ok, value, abandoned])
  const [first, second, third] = [policy.tryAcquire(), policy.tryAcquire(), policy.tryAcquire()]
  if (!first.admitted || !second.admitted || !third.admitted) throw new Error('refused')
  first.succeed('up')
  first.fail('down')
  second.fail('down')
  second.release()
  third.release()
  third.succeed()
  expect(ends).toEqual([
    [true, 'up', false],
    [false, 'down', false],
    [false, undefined, true],
  ])
  expect(log.filter((line) => line === '+a')).toHaveLength(3)
  expect(first.signal.aborted).toBe(false)
})

test('tryAcquire() refuses at once, and a permit can be given up from inside', () => {
  const { policy, b } = create(true)
  let call: OngoingCall | undefined
  b.onEnter = (entered) => {
    call = entered
    return undefined
  }
  const permit = policy.tryAcquire()
  if (!permit.admitted) throw permit.error
  expect(call?.canWait).toBe(false)
  call?.giveUp(1, 'too long')
  expect(permit.signal.reason).toBe('too long')
  b.onEnter = () => new LazyRefusal('pool', 3, BulkheadFullError)
  expect(policy.tryAcquire()).toMatchObject({ admitted: false, retryAfterMs: 3 })
})

test('a permit announces another attempt, which is asked for', () => {
  const { policy, b, c } = create()
  b.onLeave = (call) => {
    if (call.ok || call.abandoned || call.attempt === 3) return undefined
    call.retryAfterMs = 50
    return AGAIN
  }
  const permit = policy.tryAcquire()
  if (!permit.admitted) throw permit.error
  expect(() => permit.retry()).toThrow('Cannot retry')
  expect(permit.fail('down')).toBe(50)
  expect(permit.retry()).toBe(permit)
  expect(permit.fail('down')).toBe(50)
  c.onEnter = () => new LazyRefusal('pool', 3, BulkheadFullError)
  expect(permit.retry()).toMatchObject({ admitted: false })
})

test('a permit that was given up between two attempts is over', () => {
  const { policy, a, b } = create()
  let call: OngoingCall | undefined
  b.onLeave = (left) => {
    call = left
    left.retryAfterMs = 50
    return left.abandoned ? undefined : AGAIN
  }
  let left = 0
  a.onLeave = () => void left++
  const permit = policy.tryAcquire()
  if (!permit.admitted) throw permit.error
  expect(permit.fail('down')).toBe(50)
  call?.giveUp(0, 'too late')
  expect(() => permit.retry()).toThrow('too late')
  const other = policy.tryAcquire()
  if (!other.admitted) throw other.error
  other.fail('down')
  other.release()
  expect(() => other.retry()).toThrow('Cannot retry')
  expect(left).toBe(2)
})
