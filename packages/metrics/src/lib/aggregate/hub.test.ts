import { createManualClock } from '@breakwater/core/testing'
import { expect, test } from 'vitest'
import type { ScrapeSource } from '../exposition/scrape.ts'
import type { Family } from '../series/family.ts'
import { createLabelSet, NO_LABELS } from '../series/label-set.ts'
import { answer, createHub, FAREWELL, type Hub, type Message, type Peer, sendPart } from './hub.ts'

const clock = createManualClock()

function sourceOf(counted: number, rows = 1): ScrapeSource {
  const of = (type: Family['type'], name: string): Family => ({
    name,
    help: 'Help.',
    type,
    rows: () =>
      Array.from({ length: rows }, (_, index) => ({
        labels: rows === 1 ? NO_LABELS : createLabelSet({ index: String(index) }),
        value: counted,
      })),
  })
  return {
    families: () => [of('counter', 'done_total'), of('gauge', 'doing')],
    extraLabels: () => ({}),
    onFailure: () => {},
    clock,
  }
}

/** Lets those answer who do, and then so much time pass. */
async function pass(delayMs: number): Promise<void> {
  await new Promise(setImmediate)
  await clock.advance(delayMs)
}

/** Peers that answer when they are told to. */
function setUp(...sources: (ScrapeSource | undefined)[]) {
  const failures: string[] = []
  const sent: Message[] = []
  const peers: Peer[] = sources.map((source, index) => ({
    name: `peer ${index}`,
    send: (message) => void (source && answer(source, message, (back) => hear(index, back))),
  }))
  const gone = new Set<Peer>()
  const onFailure = (name: string, error: unknown): void => void failures.push(`${name}: ${(error as Error).message}`)
  const present = (): readonly Peer[] => peers.filter((peer) => !gone.has(peer))
  const hub: Hub = createHub({ peers: present, timeoutMs: 100, gauges: {}, onFailure, clock })
  const lose = (index: number): void => {
    gone.add(peers[index] as Peer)
    hub.lose(peers[index] as Peer)
  }
  const ask = async (): Promise<Record<string, number>> => {
    const part = (await hub.collect()).part()
    return Object.fromEntries(part.flatMap(({ name, rows }) => rows.map((row) => [name, row[2] as number])))
  }
  return { hub, failures, sent, ask, lose, peers, hear }

  function hear(index: number, message: Message): void {
    sent.push(structuredClone(message))
    hub.hear(peers[index] as Peer, structuredClone(message))
  }
}

test('collect() adds up what all peers say', async () => {
  const { ask } = setUp(sourceOf(1), sourceOf(2))
  expect(await ask()).toEqual({ done_total: 3, doing: 3 })
})

test('collect() has what this process has itself', async () => {
  const hub = createHub({ peers: () => [], own: sourceOf(4), timeoutMs: 1, gauges: {}, onFailure: () => {}, clock })
  expect((await hub.collect()).families().map(({ name }) => name)).toEqual(['done_total', 'doing'])
})

test('collect() asks once for all who ask meanwhile', async () => {
  const { hub, sent } = setUp(sourceOf(1))
  await Promise.all([hub.collect(), hub.collect()])
  expect(sent).toHaveLength(2)
})

test('collect() does not wait for a silent peer, and says so', async () => {
  const { ask, failures } = setUp(sourceOf(1), undefined)
  const asked = ask()
  await pass(100)
  expect(await asked).toEqual({ done_total: 1, doing: 1 })
  expect(failures).toEqual(['peer 1: Cannot collect "peer 1" as it took over 100 ms: its lines are left out'])
})

test('collect() keeps what a silent peer counted, as a sum must not fall', async () => {
  let silent = false
  const talking = sourceOf(2)
  const { ask } = setUp(sourceOf(1), {
    ...talking,
    families: () => (silent ? new Promise(() => {}) : talking.families()),
  })
  expect(await ask()).toEqual({ done_total: 3, doing: 3 })
  silent = true
  const asked = ask()
  await pass(100)
  expect(await asked).toEqual({ done_total: 3, doing: 1 })
})

test('collect() keeps what peers that are gone counted, once', async () => {
  const { ask, lose } = setUp(sourceOf(1), sourceOf(2), sourceOf(4))
  await ask()
  lose(1)
  lose(2)
  lose(2)
  expect(await ask()).toEqual({ done_total: 7, doing: 1 })
  expect(await ask()).toEqual({ done_total: 7, doing: 1 })
})

test('collect() does not wait for a peer that goes meanwhile', async () => {
  const { ask, lose } = setUp(sourceOf(1), undefined)
  const asked = ask()
  await Promise.resolve()
  lose(1)
  expect(await asked).toEqual({ done_total: 1, doing: 1 })
})

test('a farewell is counted for good', async () => {
  const { ask, lose, hear } = setUp(undefined)
  await sendPart(sourceOf(9), FAREWELL, (message) => hear(0, message))
  lose(0)
  expect(await ask()).toEqual({ done_total: 9 })
})

test('hear() takes no answer but from whom it asked', async () => {
  const { hub, ask, peers } = setUp(undefined, sourceOf(1))
  const asked = ask()
  const part = [{ name: 'x', help: '', type: 'gauge', rows: [['', '', 1]] }]
  for (const message of [
    { breakwater: 'metrics:part', id: 0, part, isLast: true },
    null,
    'x',
    { breakwater: 'metrics:part', id: 7, part, isLast: true },
  ])
    hub.hear(peers[1] as Peer, message)
  await pass(100)
  expect(await asked).toEqual({ done_total: 1, doing: 1 })
})

test('answer() sends much in portions', async () => {
  const { ask, sent } = setUp(sourceOf(1, 5_000))
  await ask()
  expect(sent.length).toBeGreaterThan(4)
  const rows = sent.map((message) => ('part' in message ? message.part.flatMap((family) => family.rows).length : 0))
  expect(Math.max(...rows)).toBeLessThanOrEqual(2_100)
  expect(rows.reduce((a, b) => a + b)).toBe(10_000)
})

test('answer() leaves alone what is for others', () => {
  expect(answer(sourceOf(1), { cmd: 'x' }, () => {})).toBe(false)
})
