import { expect, test } from 'vitest'
import { type Call, digestOf, type LiveChange, type LiveHistory, type Stored } from '../history.ts'
import { checkAll } from './check.ts'
import type { Evidence } from './evidence.ts'

const A = '127.0.0.1:1'
const B = '127.0.0.1:2'
const SEEN_MS = 250

function call(parts: Partial<Call> & Pick<Call, 'method'>, sentMs: number, endMs = sentMs + 5): Call {
  const status = { get: 200, list: 200, create: 201, update: 200, delete: 204 }[parts.method]
  return {
    via: 'http',
    client: 0,
    board: 'red',
    dueMs: sentMs,
    sentMs,
    endMs,
    status,
    outcome: 'ok',
    server: A,
    ...parts,
  }
}

function stored(
  atMs: number,
  tasks: Record<string, readonly [version: number, title: string]>,
  version: number,
): Stored {
  return {
    atMs,
    tasks: new Map(Object.entries(tasks).map(([id, [version, title]]) => [id, { version, title, board: 'red' }])),
    boards: new Map([['red', version]]),
  }
}

function change(version: number, kind: LiveChange['kind'], taskId: string, taskVersion?: number): LiveChange {
  return { version, kind, taskId, taskVersion }
}

const TOLD: readonly LiveChange[] = [
  change(11, 'updated', 'a', 2),
  change(12, 'created', 'c', 1),
  change(13, 'deleted', 'b'),
  change(14, 'updated', 'a', 3),
]

function socket(client: number, parts: Partial<LiveHistory> = {}): LiveHistory {
  const digest = digestOf([
    ['a', 3],
    ['c', 1],
  ])
  const events = [{ kind: 'changes', atMs: 600, changes: TOLD }] as const
  return { client, board: 'red', version: 10, events, digest, endVersion: 14, isOpen: true, bytes: 0, ...parts }
}

const UPDATE = call({ method: 'update', id: 'a', title: 'a2', version: 2 }, 100)
const CREATE = call({ method: 'create', id: 'c', title: 'c1', version: 1 }, 200)
const DELETE = call({ method: 'delete', id: 'b' }, 300)
const SECOND = call({ method: 'update', id: 'a', title: 'a3', version: 3, server: B }, 400)

/** Everything went as it should. */
const RIGHT: Evidence = {
  before: stored(0, { a: [1, 'a1'], b: [1, 'b1'] }, 10),
  after: stored(2_000, { a: [3, 'a3'], c: [1, 'c1'] }, 14),
  promises: { seenMs: SEEN_MS },
  live: [socket(1), socket(2)],
  calls: [
    UPDATE,
    CREATE,
    DELETE,
    SECOND,
    call({ method: 'get', id: 'a', title: 'a1', version: 1, server: B }, 150),
    call({ method: 'get', id: 'a', title: 'a2', version: 2 }, 150),
    call({ method: 'get', id: 'b', status: 404 }, 310),
    call({ method: 'get', id: 'a', title: 'a3', version: 3 }, 1_000),
    call(
      {
        method: 'list',
        items: [
          ['c', 1],
          ['a', 3],
        ],
        isWhole: true,
        server: B,
      },
      1_000,
    ),
  ],
}

function kindsOf(change: Partial<Evidence>): readonly string[] {
  return Object.keys(checkAll({ ...RIGHT, ...change }).counts)
}

/** All calls, one of them otherwise. */
function otherwise(old: Call, parts: Partial<Call>): Partial<Evidence> {
  return { calls: RIGHT.calls.map((one) => (one === old ? { ...one, ...parts } : one)) }
}

function further(...calls: readonly Call[]): Partial<Evidence> {
  return { calls: [...RIGHT.calls, ...calls] }
}

test('checkAll() finds nothing where all is well, and says how much it looked at', () => {
  expect(checkAll(RIGHT)).toEqual({ counts: {}, examples: [], writes: 4, reads: 5, told: 8, oldestReadMs: 45 })
})

test.each<readonly [what: string, kind: string, change: Partial<Evidence>]>([
  ['a change that is not there', 'lost write', { after: stored(2_000, { a: [2, 'a2'], c: [1, 'c1'] }, 14) }],
  ['a change that another one hid', 'lost write', otherwise(SECOND, { version: 2 })],
  ['a change without a new version', 'lost write', otherwise(UPDATE, { version: 1 })],
  ['other words than were written last', 'lost write', { after: stored(2_000, { a: [3, 'a2'], c: [1, 'c1'] }, 14) }],
  ['a task that is not there', 'lost write', { after: stored(2_000, { a: [3, 'a3'] }, 14) }],
  [
    'a task that is there again',
    'lost write',
    { after: stored(2_000, { a: [3, 'a3'], b: [1, 'b1'], c: [1, 'c1'] }, 14) },
  ],
  [
    'a task that nobody created',
    'phantom write',
    { after: stored(2_000, { a: [3, 'a3'], c: [1, 'c1'], d: [1, 'd'] }, 14) },
  ],
  [
    'a change that nobody made',
    'phantom write',
    otherwise(UPDATE, { outcome: 'refused', status: 503, version: undefined }),
  ],
  ['a refused change that was made', 'phantom write', otherwise(SECOND, { outcome: 'refused', status: 503 })],
])('checkAll() finds %s', (_, kind, change) => {
  expect(kindsOf(change)).toContain(kind)
})

test.each<readonly [what: string, kind: string, read: Call]>([
  ['its own change missing', 'stale read', call({ method: 'get', id: 'a', title: 'a1', version: 1 }, 105.1)],
  [
    "another instance's change missing for too long",
    'late read',
    call({ method: 'get', id: 'a', title: 'a2', version: 2 }, 655.1),
  ],
  ['a task that it deleted', 'stale read', call({ method: 'get', id: 'b', title: 'b1', version: 1 }, 306)],
  ['no task where it created one', 'stale read', call({ method: 'get', id: 'c', status: 404 }, 206)],
  ['no task where another one created one', 'late read', call({ method: 'get', id: 'c', status: 404, server: B }, 460)],
  [
    'an old task in a list',
    'late read',
    call(
      {
        method: 'list',
        items: [
          ['c', 1],
          ['a', 2],
        ],
        isWhole: true,
      },
      700,
    ),
  ],
  [
    'a deleted task in a list',
    'stale read',
    call(
      {
        method: 'list',
        items: [
          ['c', 1],
          ['b', 1],
          ['a', 3],
        ],
        isWhole: true,
      },
      700,
    ),
  ],
  ['a list without a task', 'stale read', call({ method: 'list', items: [['a', 3]], isWhole: true }, 700)],
  ['a page without a task', 'stale read', call({ method: 'list', items: [['a', 3]], isWhole: false }, 700)],
  [
    'a list out of order',
    'wrong read',
    call(
      {
        method: 'list',
        items: [
          ['a', 3],
          ['c', 1],
        ],
        isWhole: true,
      },
      700,
    ),
  ],
  ['words that nobody wrote', 'wrong read', call({ method: 'get', id: 'a', title: 'x', version: 3 }, 1_000)],
  ['what was not written yet', 'wrong read', call({ method: 'get', id: 'a', title: 'a2', version: 2 }, 10)],
  [
    'less than the same instance gave before',
    'read stepped back',
    call({ method: 'get', id: 'a', title: 'a1', version: 1 }, 160, 170),
  ],
])('checkAll() finds a read with %s', (_, kind, read) => {
  expect(kindsOf(further(read))).toContain(kind)
})

test('checkAll() allows what is promised: other instances may be late, and later while Redis is away', () => {
  const late = call({ method: 'get', id: 'a', title: 'a2', version: 2 }, 654)
  expect(kindsOf(further(late))).toEqual([])
  const later = call({ method: 'get', id: 'a', title: 'a2', version: 2 }, 900)
  expect(kindsOf(further(later))).toEqual(['late read'])
  const cutOff = { fromMs: 390, backMs: 1_000, toMs: 2_000, seenMs: 1_000 }
  const promises = { seenMs: SEEN_MS, cutOff }
  expect(kindsOf({ ...further(later), promises })).toEqual([])
  expect(kindsOf({ ...further(later), promises: { seenMs: SEEN_MS, cutOff: { ...cutOff, seenMs: 490 } } })).toEqual([
    'late read',
  ])
  // Whoever is back first may not have been told of anything since the beginning, and of all that was before.
  const back = call({ method: 'get', id: 'a', title: 'a2', version: 2 }, 1_900)
  expect(kindsOf({ ...further(back), promises })).toEqual([])
  const older = call({ method: 'get', id: 'a', title: 'a1', version: 1, server: B }, 1_900)
  expect(kindsOf({ ...further(older), promises })).toEqual(['stale read', 'late read'])
  // Its own is its own, also then.
  const own = call({ method: 'get', id: 'a', title: 'a2', version: 2, server: B }, 900)
  expect(kindsOf({ ...further(own), promises })).toEqual(['stale read'])
})

test('checkAll() does not ask of a process what another one did at its address', () => {
  const read = call({ method: 'get', id: 'a', title: 'a1', version: 1 }, 160)
  expect(kindsOf({ ...further(read), promises: { seenMs: SEEN_MS, shared: A } })).toEqual([])
})

test('checkAll() takes what nobody has an answer to for done or not', () => {
  const lost = call({ method: 'update', id: 'a', title: 'a4', status: 504, outcome: 'failed' }, 450)
  expect(kindsOf(further(lost))).toEqual([])
  const done = { after: stored(2_000, { a: [4, 'a4'], c: [1, 'c1'] }, 14), live: [] }
  expect(kindsOf({ ...further(lost), ...done })).toEqual([])
  expect(kindsOf(done)).toContain('phantom write')
  const created = call({ method: 'create', title: 'd1', status: 0, outcome: 'failed' }, 450)
  const there = { after: stored(2_000, { a: [3, 'a3'], c: [1, 'c1'], d: [1, 'd1'] }, 14), live: [] }
  expect(kindsOf({ ...further(created), ...there })).toEqual([])
})

test.each<readonly [what: string, kind: string, history: Partial<LiveHistory>]>([
  ['misses a version', 'live gap', { events: [{ kind: 'changes', atMs: 1, changes: TOLD.toSpliced(1, 1) }] }],
  [
    'is told one twice',
    'live step back',
    { events: [{ kind: 'changes', atMs: 1, changes: [...TOLD, ...TOLD.slice(-1)] }] },
  ],
  [
    'is told an older one',
    'live step back',
    { events: [{ kind: 'changes', atMs: 1, changes: [...TOLD, ...TOLD.slice(0, 1)] }] },
  ],
  [
    'gets a snapshot that is older',
    'live step back',
    { events: [{ kind: 'snapshot', atMs: 1, version: 9, tasks: 2 }] },
  ],
  [
    'is told something else than others',
    'live difference',
    { events: [{ kind: 'changes', atMs: 1, changes: TOLD.with(0, change(11, 'updated', 'b', 2)) }] },
  ],
  ['ends with other tasks', 'live difference', { digest: digestOf([['a', 3]]) }],
  ['ends too early', 'live difference', { endVersion: 13 }],
  ['does not come back', 'live difference', { isOpen: false }],
  ['is told that it was wrong', 'live error', { events: [{ kind: 'error', atMs: 1, text: 'no' }] }],
])('checkAll() finds a socket that %s', (_, kind, history) => {
  expect(kindsOf({ live: [socket(1), socket(2, history)] })).toContain(kind)
})

test('checkAll() lets a socket come back with a newer snapshot, or with what it missed', () => {
  const events = [
    { kind: 'close', atMs: 1, code: 1001 },
    { kind: 'open', atMs: 2 },
  ] as const
  const withSnapshot = [...events, { kind: 'snapshot', atMs: 3, version: 13, tasks: 2 } as const]
  const rest = { kind: 'changes', atMs: 4, changes: TOLD.slice(3) } as const
  expect(kindsOf({ live: [socket(1), socket(2, { events: [...withSnapshot, rest] })] })).toEqual([])
  expect(kindsOf({ live: [socket(1), socket(2, { events: [...events, rest] })] })).toContain('live gap')
})

test('digestOf() is the same in any order, and tells versions and ids apart', () => {
  const one = digestOf([
    ['a', 1],
    ['b', 2],
  ])
  expect(
    digestOf([
      ['b', 2],
      ['a', 1],
    ]),
  ).toBe(one)
  for (const other of [
    [
      ['a', 2],
      ['b', 1],
    ],
    [['a', 1]],
    [
      ['a', 1],
      ['c', 2],
    ],
  ] as const)
    expect(digestOf(other)).not.toBe(one)
})
