import { expect, test } from 'vitest'
import type { Replication } from '../replication.ts'
import { disagreement, type Told } from './agreement.ts'
import type { SentinelView } from './view.ts'

const replica: Replication = { role: 'replica', masterPort: 1, isLinked: true, online: [] }
const servers: readonly Told<Replication>[] = [
  { port: 1, view: { role: 'master', masterPort: undefined, isLinked: false, online: [2, 3] } },
  { port: 2, view: replica },
  { port: 3, view: replica },
]
const known = [2, 3].map((port) => ({ port, flags: 'slave', masterPort: 1 }))

function sentinel(port: number, changes: Partial<SentinelView> = {}): Told<SentinelView> {
  const peers = [7, 8, 9].filter((other) => other !== port).map((other) => ({ port: other, flags: 'sentinel' }))
  return { port, view: { port: 1, epoch: 4, flags: 'master', peers, replicas: known, ...changes } }
}

function withSentinel(changes: Partial<SentinelView>): string | undefined {
  return disagreement([sentinel(7), sentinel(8), sentinel(9, changes)], servers)
}

function withServers(...changed: readonly Told<Replication>[]): string | undefined {
  const all = servers.map((server) => changed.find(({ port }) => port === server.port) ?? server)
  return disagreement([sentinel(7), sentinel(8), sentinel(9)], all)
}

test('disagreement() has nothing to say where all is well', () => {
  expect(withSentinel({})).toBe(undefined)
  expect(withSentinel({ peers: [7, 8].map((port) => ({ port, flags: 'sentinel,master_down' })) })).toBe(undefined)
})

const cases: readonly (readonly [string, string | undefined])[] = [
  ['the sentinel 127.0.0.1:9 does not know the master 127.0.0.1:1 yet', withSentinel({ port: 2, epoch: 3 })],
  ['the sentinel 127.0.0.1:9 says that the master is master,s_down', withSentinel({ flags: 'master,s_down' })],
  [
    'the sentinel 127.0.0.1:9 does not reach the sentinel 127.0.0.1:8',
    withSentinel({ peers: [{ port: 7, flags: 'sentinel' }] }),
  ],
  ['the sentinel 127.0.0.1:9 does not reach the replica 127.0.0.1:3', withSentinel({ replicas: known.slice(0, 1) })],
  [
    'the sentinel 127.0.0.1:9 has not heard yet that 127.0.0.1:2 is a replica of that master',
    withSentinel({ replicas: known.map((one) => (one.port === 2 ? { ...one, masterPort: undefined } : one)) }),
  ],
  ['the master 127.0.0.1:5 does not run', withSentinel({ port: 5, epoch: 5 })],
  ['127.0.0.1:2 is no replica of 127.0.0.1:1 yet', withServers({ port: 2, view: { ...replica, masterPort: 3 } })],
  [
    '127.0.0.1:2 does not get the writes of its master',
    withServers({ port: 2, view: { ...replica, isLinked: false } }),
  ],
  [
    '127.0.0.1:1 does not send its writes to 127.0.0.1:3 yet',
    withServers({ port: 1, view: { role: 'master', masterPort: undefined, isLinked: false, online: [2] } }),
  ],
  ['127.0.0.1:1 is no master yet', withServers({ port: 1, view: { ...replica, online: [2, 3] } })],
]

for (const [why, said] of cases) test(`disagreement() says: ${why}`, () => expect(said).toBe(why))

test('disagreement() does without servers and sentinels that do not run', () => {
  const peers = [
    { port: 8, flags: 'sentinel' },
    { port: 9, flags: 'sentinel,s_down,disconnected' },
  ]
  const replicas = known.map((one) => (one.port === 3 ? { ...one, flags: 'slave,s_down', masterPort: undefined } : one))
  expect(disagreement([sentinel(7, { peers, replicas }), sentinel(8, { replicas })], servers.slice(0, 2))).toBe(
    undefined,
  )
})
