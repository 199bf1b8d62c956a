import { tracingChannel } from 'node:diagnostics_channel'
import { createOperation } from '@breakwater/core'
import { costsAtMost } from '../../src/claims.ts'
import type { MicroGroup, MicroSubject } from '../../src/micro/subject.ts'

interface Details {
  readonly key: string
}
type Load = (details: Details) => Promise<number>
type Trace = (load: Load) => Load

const ANSWER = 42
const load: Load = async () => ANSWER

let names = 0
/** Twins must not hear each other. */
function freshName(): string {
  return `bench:load:${++names}`
}

function operation(name: string, create: () => { readonly traced: Load; readonly close?: () => void }): MicroSubject {
  return {
    name,
    create() {
      const { traced, close } = create()
      let last = 0
      return {
        async run(times) {
          for (let i = 0; i < times; i++) last = await traced({ key: 'key' })
        },
        async check() {
          await this.run(3)
          return last
        },
        ...(close && { close }),
      }
    },
  }
}

/** Subscribes as a tracer does. */
function follow(name: string): () => void {
  const channels = tracingChannel(name)
  let started = 0
  const subscriber = {
    start: () => void started++,
    end: () => {},
    asyncStart: () => {},
    asyncEnd: () => {},
    error: () => {},
  }
  channels.subscribe(subscriber)
  return () => void channels.unsubscribe(subscriber)
}

const withOperation = (name: string): Load => {
  const operation = createOperation<Details>(name, 'bench')
  return (details) => operation.trace(details, () => load(details))
}
const withChannel = (name: string): Load => {
  const channels = tracingChannel<Details & { source: string }>(name)
  return (details) => channels.tracePromise(() => load(details), { source: 'bench', ...details })
}
const bare: Trace = (run) => (details) => run(details)

const untraced: MicroGroup = {
  id: 'operation-untraced',
  title: 'An operation that nobody follows',
  about:
    'One operation awaits an asynchronous function that has its answer at once. The floor calls it; the peer is the tracing channel of Node, called as its documentation shows.',
  floor: operation('await load()', () => ({ traced: bare(load) })),
  ours: [operation('createOperation', () => ({ traced: withOperation(freshName()) }))],
  peers: [operation('tracePromise', () => ({ traced: withChannel(freshName()) }))],
  expected: ANSWER,
  toleranceRatio: 0.05,
  claims: [
    costsAtMost('createOperation', 1.3, 'await load()', 'Every cache load and every policy call goes through one.'),
    costsAtMost('createOperation', 1, 'tracePromise', 'It must not cost more than what it stands on.'),
  ],
}

const traced: MicroGroup = {
  id: 'operation-traced',
  title: 'An operation that one tracer follows',
  about: 'The same with one subscriber of all five channels, which does nothing but count.',
  floor: operation('await load()', () => ({ traced: bare(load) })),
  ours: [
    operation('createOperation', () => {
      const name = freshName()
      return { traced: withOperation(name), close: follow(name) }
    }),
  ],
  peers: [
    operation('tracePromise', () => {
      const name = freshName()
      return { traced: withChannel(name), close: follow(name) }
    }),
  ],
  expected: ANSWER,
  toleranceRatio: 0.05,
  claims: [costsAtMost('createOperation', 1.25, 'tracePromise', 'The slot for a wrapper is one field and one look.')],
}

/** What tracing costs. */
export const operations: readonly MicroGroup[] = [untraced, traced]
