import { AsyncLocalStorage } from 'node:async_hooks'
import { subscribe, tracingChannel, unsubscribe } from 'node:diagnostics_channel'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type ChannelMessage, createEmitter, createOperation, type OperationMessage, runInside } from './events.ts'

type Event =
  | { readonly type: 'opened'; readonly by: number }
  | { readonly type: 'load:failed'; readonly error: unknown }

/** A name of its own for each test, as channels live as long as the process. */
let channelName: string
let tests = 0
const cleanups: (() => void)[] = []

beforeEach(() => {
  channelName = `breakwater:test-${++tests}`
})

afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup()
  vi.restoreAllMocks()
})

const opened = (by: number): Event => ({ type: 'opened', by })

/** Collects what comes over a channel. */
function hear<message>(name: string, onMessage?: (message: message) => void): message[] {
  const messages: message[] = []
  const listener = (message: unknown): void => {
    messages.push(message as message)
    onMessage?.(message as message)
  }
  subscribe(name, listener)
  cleanups.push(() => unsubscribe(name, listener))
  return messages
}

/** Resolves with the next error that nobody catches, which then ends no process. */
function nextUncaught(): Promise<unknown> {
  const stop = (): void => process.setUncaughtExceptionCaptureCallback(null)
  cleanups.push(stop)
  return new Promise((resolve) => {
    process.setUncaughtExceptionCaptureCallback((error) => {
      stop()
      resolve(error)
    })
  })
}

test('emit() tells every listener, in the order they subscribed', () => {
  const events = createEmitter<Event>(channelName, 'db')
  const heard: string[] = []
  events.subscribe(({ type }) => heard.push(`a ${type}`))
  events.subscribe(({ type }) => heard.push(`b ${type}`))
  events.emit(opened(1))
  expect(heard).toEqual(['a opened', 'b opened'])
})

test('emit() hands on the event itself', () => {
  const events = createEmitter<Event>(channelName, 'db')
  const listener = vi.fn()
  const event = opened(1)
  events.subscribe(listener)
  events.emit(event)
  expect(listener.mock.calls[0]?.[0]).toBe(event)
})

test('emit() tells the channel who told it, after the listeners', () => {
  const events = createEmitter<Event>(channelName, 'db')
  const order: string[] = []
  const messages = hear<ChannelMessage<Event>>(channelName, () => order.push('channel'))
  events.subscribe(() => order.push('listener'))
  events.emit(opened(1))
  expect(messages).toEqual([{ source: 'db', event: opened(1) }])
  expect(order).toEqual(['listener', 'channel'])
})

test('emit() reaches a channel subscriber through every object of the channel', () => {
  const messages = hear<ChannelMessage<Event>>(channelName)
  createEmitter<Event>(channelName, 'a').emit(opened(1))
  createEmitter<Event>(channelName, 'b').emit(opened(2))
  expect(messages.map(({ source }) => source)).toEqual(['a', 'b'])
})

test('emit() is not heard by listeners of another object', () => {
  const listener = vi.fn()
  createEmitter<Event>(channelName, 'a').subscribe(listener)
  createEmitter<Event>(channelName, 'b').emit(opened(1))
  expect(listener).not.toHaveBeenCalled()
})

test('subscribe() twice with one function hears twice, and each stop ends one', () => {
  const events = createEmitter<Event>(channelName, 'db')
  const listener = vi.fn()
  const stop = events.subscribe(listener)
  events.subscribe(listener)
  events.emit(opened(1))
  expect(listener).toHaveBeenCalledTimes(2)
  stop()
  stop()
  events.emit(opened(2))
  expect(listener).toHaveBeenCalledTimes(3)
})

test('subscribe() during an event hears from the next one on', () => {
  const events = createEmitter<Event>(channelName, 'db')
  const late = vi.fn()
  const stop = events.subscribe(() => {
    stop()
    events.subscribe(late)
  })
  events.emit(opened(1))
  expect(late).not.toHaveBeenCalled()
  events.emit(opened(2))
  expect(late).toHaveBeenCalledTimes(1)
})

test('a listener that was stopped by another one during an event does not hear it', () => {
  const events = createEmitter<Event>(channelName, 'db')
  const stopped = vi.fn()
  const last = vi.fn()
  events.subscribe(() => stop())
  const stop = events.subscribe(stopped)
  events.subscribe(last)
  events.emit(opened(1))
  expect(stopped).not.toHaveBeenCalled()
  expect(last).toHaveBeenCalledTimes(1)
})

test('a listener that stops itself does not keep the next one from hearing', () => {
  const events = createEmitter<Event>(channelName, 'db')
  const next = vi.fn()
  const stop = events.subscribe(() => stop())
  events.subscribe(next)
  events.emit(opened(1))
  expect(next).toHaveBeenCalledTimes(1)
})

test('subscribe() works when handed on alone', () => {
  const events = createEmitter<Event>(channelName, 'db')
  const { subscribe: handedOn } = events
  const listener = vi.fn()
  handedOn(listener)
  events.emit(opened(1))
  expect(listener).toHaveBeenCalledTimes(1)
})

test('subscribe() refuses what cannot be called', () => {
  const events = createEmitter<Event>(channelName, 'db')
  expect(() => events.subscribe(undefined as never)).toThrow(
    new TypeError('Expected `listener` to be a function, got undefined'),
  )
  expect(events.active).toBe(false)
})

test('active says whether a listener hears', () => {
  const events = createEmitter<Event>(channelName, 'db')
  expect(events.active).toBe(false)
  const stop = events.subscribe(() => {})
  expect(events.active).toBe(true)
  stop()
  expect(events.active).toBe(false)
})

test('active says whether the channel is heard', () => {
  const events = createEmitter<Event>(channelName, 'db')
  hear(channelName)
  expect(events.active).toBe(true)
})

test('a listener that throws breaks neither teller nor others, and surfaces on its own turn', async () => {
  const events = createEmitter<Event>(channelName, 'db')
  const uncaught = nextUncaught()
  const error = new Error('listener broke')
  const other = vi.fn()
  events.subscribe(() => {
    throw error
  })
  events.subscribe(other)
  const messages = hear(channelName)
  events.emit(opened(1))
  expect(other).toHaveBeenCalledTimes(1)
  expect(messages).toHaveLength(1)
  expect(await uncaught).toBe(error)
})

test('a channel subscriber that throws breaks neither teller nor others, and surfaces on its own turn', async () => {
  const events = createEmitter<Event>(channelName, 'db')
  const uncaught = nextUncaught()
  const error = new Error('subscriber broke')
  hear(channelName, () => {
    throw error
  })
  const messages = hear(channelName)
  events.emit(opened(1))
  expect(messages).toHaveLength(1)
  expect(await uncaught).toBe(error)
})

test('emitFailure() is an event like any other where somebody listens', () => {
  const warn = vi.spyOn(process, 'emitWarning').mockReturnValue()
  const events = createEmitter<Event>(channelName, 'db')
  const listener = vi.fn()
  const event = { type: 'load:failed', error: new Error('down') } as const
  const stop = events.subscribe(listener)
  events.emitFailure(event)
  stop()
  const messages = hear<ChannelMessage<Event>>(channelName)
  events.emitFailure(event)
  expect(listener).toHaveBeenCalledExactlyOnceWith(event)
  expect(messages).toEqual([{ source: 'db', event }])
  expect(warn).not.toHaveBeenCalled()
})

test('emitFailure() warns once for each code and object', () => {
  const warn = vi.spyOn(process, 'emitWarning').mockReturnValue()
  const fail = (code: string): Event & { type: 'load:failed' } => ({
    type: 'load:failed',
    error: Object.assign(new Error('down'), { code }),
  })
  const events = createEmitter<Event>(channelName, 'db')
  events.emitFailure(fail('A'))
  events.emitFailure(fail('A'))
  events.emitFailure(fail('B'))
  createEmitter<Event>(channelName, 'other').emitFailure(fail('A'))
  expect(warn.mock.calls.map(([text, options]) => [text, options])).toEqual([
    ['load:failed in "db": down', { type: 'BreakwaterWarning', code: 'A' }],
    ['load:failed in "db": down', { type: 'BreakwaterWarning', code: 'B' }],
    ['load:failed in "other": down', { type: 'BreakwaterWarning', code: 'A' }],
  ])
})

test('emitFailure() warns of each type of failure', () => {
  const warn = vi.spyOn(process, 'emitWarning').mockReturnValue()
  type Failure = { readonly type: 'load:failed' | 'store:failed'; readonly error: unknown }
  const events = createEmitter<Failure>(channelName, 'db')
  events.emitFailure({ type: 'load:failed', error: 'down' })
  events.emitFailure({ type: 'store:failed', error: 'down' })
  expect(warn).toHaveBeenCalledTimes(2)
})

test('emitFailure() warns at most 100 times', () => {
  const warn = vi.spyOn(process, 'emitWarning').mockReturnValue()
  const events = createEmitter<Event>(channelName, 'db')
  for (let code = 0; code < 1_000; code++) events.emitFailure({ type: 'load:failed', error: { code } })
  expect(warn).toHaveBeenCalledTimes(100)
})

test.each<[string, unknown, string, string]>([
  ['an error without code', new TypeError('no'), 'TypeError', 'no'],
  ['an error with a numeric code', Object.assign(new Error('no'), { code: 11 }), '11', 'no'],
  ['a string', 'no', 'string', 'no'],
  ['nothing', undefined, 'undefined', 'undefined'],
  ['null', null, 'object', 'null'],
  ['a symbol', Symbol('no'), 'symbol', 'Symbol(no)'],
  ['a long code', { code: 'X'.repeat(1_000), toString: () => 'no' }, 'X'.repeat(100), 'no'],
  ['an object that is no text', Object.create(null), 'unreadable', 'an error that cannot be read'],
  [
    'an error with a message that is no text',
    Object.assign(new Error(), { message: Object.create(null) }),
    'unreadable',
    'an error that cannot be read',
  ],
  [
    'a getter that throws',
    {
      get code(): never {
        throw new Error('trap')
      },
    },
    'unreadable',
    'an error that cannot be read',
  ],
])('emitFailure() warns of %s', (_, error, code, message) => {
  const warn = vi.spyOn(process, 'emitWarning').mockReturnValue()
  createEmitter<Event>(channelName, 'db').emitFailure({ type: 'load:failed', error })
  expect(warn).toHaveBeenCalledExactlyOnceWith(`load:failed in "db": ${message}`, { type: 'BreakwaterWarning', code })
})

/** Follows an operation as a tracer does. */
function follow(onStart: (message: OperationMessage) => void = () => {}): [string, object][] {
  const seen: [string, object][] = []
  const subscribers = Object.fromEntries(
    (['start', 'end', 'asyncStart', 'asyncEnd', 'error'] as const).map((phase) => [
      phase,
      (message: unknown) => {
        seen.push([phase, { ...(message as object) }])
        if (phase === 'start') onStart(message as OperationMessage)
      },
    ]),
  ) as unknown as Parameters<ReturnType<typeof tracingChannel>['subscribe']>[0]
  const channels = tracingChannel(channelName)
  channels.subscribe(subscribers)
  cleanups.push(() => channels.unsubscribe(subscribers))
  return seen
}

test('trace() just runs where nobody subscribed', () => {
  const operation = createOperation(channelName, 'db')
  const promise = Promise.resolve(1)
  const details = new Proxy({}, { ownKeys: () => expect.fail('looked at the details') })
  expect(operation.trace(details, () => promise)).toBe(promise)
})

test('trace() tells each step of what succeeds', async () => {
  const operation = createOperation<{ key: string }>(channelName, 'db')
  const seen = follow()
  const result = { value: 1 }
  expect(await operation.trace({ key: 'a' }, async () => result)).toBe(result)
  const begun = { key: 'a', source: 'db' }
  expect(seen).toEqual([
    ['start', begun],
    ['end', begun],
    ['asyncStart', { ...begun, result }],
    ['asyncEnd', { ...begun, result }],
  ])
})

test('trace() tells each step of what fails, and rejects with the same error', async () => {
  const operation = createOperation<{ key: string }>(channelName, 'db')
  const seen = follow()
  const error = new Error('down')
  await expect(operation.trace({ key: 'a' }, () => Promise.reject(error))).rejects.toBe(error)
  expect(seen.map(([phase]) => phase)).toEqual(['start', 'end', 'error', 'asyncStart', 'asyncEnd'])
  expect(seen[2]?.[1]).toEqual({ key: 'a', source: 'db', error })
})

test('trace() keeps its own name, whatever the details say', async () => {
  const operation = createOperation<{ source: string }>(channelName, 'db')
  const seen = follow()
  await operation.trace({ source: 'other' }, async () => {})
  expect(seen[0]?.[1]).toEqual({ source: 'db' })
})

test('trace() runs inside what a subscriber of start wraps around it', async () => {
  const span = new AsyncLocalStorage<string>()
  const operation = createOperation(channelName, 'db')
  follow((message) => {
    message.wrap = (run) => span.run('span 1', run)
  })
  const seen = await operation.trace({}, async () => {
    await null
    return span.getStore()
  })
  expect(seen).toBe('span 1')
  expect(span.getStore()).toBeUndefined()
})

test('trace() succeeds where the wrapper throws, which surfaces on its own turn', async () => {
  const operation = createOperation(channelName, 'db')
  const uncaught = nextUncaught()
  const fault = new Error('wrapper broke')
  follow((message) => {
    message.wrap = () => {
      throw fault
    }
  })
  const run = vi.fn(async () => 1)
  expect(await operation.trace({}, run)).toBe(1)
  expect(run).toHaveBeenCalledTimes(1)
  expect(await uncaught).toBe(fault)
})

test('trace() succeeds where the wrapper cannot be called', async () => {
  const operation = createOperation(channelName, 'db')
  const uncaught = nextUncaught()
  follow((message) => {
    message.wrap = 5 as never
  })
  expect(await operation.trace({}, async () => 1)).toBe(1)
  expect(await uncaught).toBeInstanceOf(TypeError)
})

test('trace() succeeds where a subscriber throws, which surfaces on its own turn', async () => {
  const operation = createOperation(channelName, 'db')
  const uncaught = nextUncaught()
  const fault = new Error('subscriber broke')
  follow(() => {
    throw fault
  })
  expect(await operation.trace({}, async () => 1)).toBe(1)
  expect(await uncaught).toBe(fault)
})

const wrappers: [string, (run: () => unknown) => unknown, unknown[]][] = [
  ['runs it', (run) => run(), []],
  ['never runs it', () => undefined, []],
  ['runs it twice', (run) => [run(), run()], []],
  ['returns something else', (run) => [run()].length, []],
  [
    'throws before',
    () => {
      throw 'fault'
    },
    ['fault'],
  ],
  [
    'throws after',
    (run) => {
      try {
        run()
      } finally {
        // biome-ignore lint/correctness/noUnsafeFinally: that is the fault
        throw 'fault'
      }
    },
    ['fault'],
  ],
  [
    'swallows what it throws',
    (run) => {
      try {
        run()
      } catch {}
    },
    [],
  ],
]

/** Collects the errors that nobody catches, which then end no process. */
async function uncaughtIn(run: () => void): Promise<unknown[]> {
  const errors: unknown[] = []
  process.setUncaughtExceptionCaptureCallback((error) => void errors.push(error))
  cleanups.push(() => process.setUncaughtExceptionCaptureCallback(null))
  run()
  await new Promise(setImmediate)
  return errors
}

test.each(wrappers)('runInside() a wrapper that %s runs once and returns its own result', async (_, wrap, faults) => {
  const run = vi.fn(() => 'result')
  expect(await uncaughtIn(() => expect(runInside(wrap, run)).toBe('result'))).toEqual(faults)
  expect(run).toHaveBeenCalledTimes(1)
})

test.each(wrappers)('runInside() a wrapper that %s runs once and throws its own error', async (_, wrap, faults) => {
  const error = new Error('own')
  const run = vi.fn(() => {
    throw error
  })
  expect(await uncaughtIn(() => expect(() => runInside(wrap, run)).toThrow(error))).toEqual(faults)
  expect(run).toHaveBeenCalledTimes(1)
})

test('runInside() lets a wrapper that kept its function call it later to no effect', () => {
  let kept: (() => string) | undefined
  const run = vi.fn(() => 'result')
  runInside((next) => (kept = next), run)
  expect(kept?.()).toBe('result')
  expect(run).toHaveBeenCalledTimes(1)
})
