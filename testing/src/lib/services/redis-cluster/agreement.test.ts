import { expect, test } from 'vitest'
import { disagreement } from './agreement.ts'
import { toView, type View } from './view.ts'

const MASTER = 'role:master\r\nslave0:ip=127.0.0.1,port=3,state=online,offset=14,lag=0\r\n'
const REPLICA = 'role:slave\r\nmaster_port:1\r\nmaster_link_status:up\r\n'
const nodes = [
  'a 127.0.0.1:1@10001 master - 0 0 1 connected 0-8000',
  'b 127.0.0.1:2@10002,host master - 0 0 2 connected 8001-16382 16383',
  'c 127.0.0.1:3@10003 slave a 0 0 1 connected',
  'd 127.0.0.1:4@10004 slave,fail b 0 0 2 disconnected',
]

/** As one of the nodes sees them, with some of the text changed. */
function view(id: string, change: (text: string) => string = (text) => text): View {
  const lines = nodes.map((line) => (line.startsWith(id) ? line.replace(/(master|slave) /, 'myself,$1 ') : line))
  const [info, seen = '', replication = ''] = [
    'cluster_state:ok\r\n',
    `${lines.join('\n')}\n`,
    id === 'c' ? REPLICA : MASTER,
  ]
  return toView(change(info), change(seen), change(replication))
}

test('toView() reads what a node answers', () => {
  const { self, all, isOk, replication } = view('b')
  expect(self).toEqual({
    id: 'b',
    port: 2,
    role: 'master',
    isReached: true,
    masterId: undefined,
    epoch: 2,
    slots: [
      [8001, 16_382],
      [16_383, 16_383],
    ],
  })
  expect(all.map(({ isReached, masterId }) => [isReached, masterId])).toEqual([
    [true, undefined],
    [true, undefined],
    [true, 'a'],
    [false, 'b'],
  ])
  expect([isOk, replication.online]).toEqual([true, [3]])
})

test('toView() passes over slots on the move', () => {
  const moving = view('a', (text) => text.replace('0-8000', '0-8000 [93->-b]'))
  expect(moving.self.slots).toEqual([[0, 8000]])
})

const views = [view('a'), view('b'), view('c')]

test('disagreement() has nothing to say where all is well', () => expect(disagreement(views)).toBe(undefined))

const cases: readonly (readonly [string, readonly View[]])[] = [
  ['127.0.0.1:1 does not reach 127.0.0.1:2', [view('a', (text) => text.replace('host master', 'host master,fail?'))]],
  ['the cluster is down for 127.0.0.1:1', [view('a', (text) => text.replace('state:ok', 'state:fail'))]],
  [
    '127.0.0.1:1 does not know yet that 127.0.0.1:2 is a master with the slots 8001-16382 16383-16383',
    [view('a', (text) => text.replace('16382 16383', '16382'))],
  ],
  [
    '127.0.0.1:3 does not get the writes of its master',
    [view('c', (text) => text.replace('status:up', 'status:down'))],
  ],
  [
    '127.0.0.1:1 does not send its writes to 127.0.0.1:3 yet',
    [view('a', (text) => text.replace('state=online', 'state=wait_bgsave'))],
  ],
]

for (const [why, changed] of cases)
  test(`disagreement() says: ${why}`, () => {
    const all = views.map((one) => changed.find(({ self }) => self.id === one.self.id) ?? one)
    expect(disagreement(all)).toBe(why)
  })

test('disagreement() misses the slots of a node that does not run', () => {
  expect(disagreement([view('a'), view('c')])).toBe('the running masters have 8001 of 16384 slots')
})
