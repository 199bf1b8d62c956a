import { strict as assert } from 'node:assert'
import { Readable } from 'node:stream'
import type { HttpReply } from '@breakwater/core'
import { type Case, get } from '../case.ts'
import type { Trial } from '../trial.ts'
import { type Deferred, defer, quiet } from '../waiter.ts'

/** What hooks and bodies see while a response is under way. */
export const streamingCases: readonly Case[] = [
  {
    name: 'streaming: the head is told before the first byte, the end after the last',
    async run(trial) {
      const recorder = trial.recorder()
      const gates = [defer(), defer()]
      await trial.serve({
        hooks: [recorder.hook],
        routes: [get('/stream', () => ({ body: Readable.from(gated(gates)) }))],
      })
      const sent = (await trial.connect()).send('GET', '/stream')
      assert.equal((await sent.piece())?.toString(), 'piece 0')
      assert.deepEqual(recorder.recordings[0]?.calls, ['onStart', 'around', 'onHead'])
      gates[0]?.resolve()
      assert.equal((await sent.piece())?.toString(), 'piece 1')
      await quiet()
      assert.deepEqual(recorder.recordings[0]?.calls, ['onStart', 'around', 'onHead'])
      gates[1]?.resolve()
      assert.equal(await sent.piece(), undefined)
      assert.equal((await recorder.ended(1))[0]?.outcome, 'finished')
    },
  },
  {
    name: 'streaming: a large response comes whole, through a route and through an endpoint',
    async run(trial) {
      const recorder = trial.recorder()
      const text = 'y'.repeat(2_000_000)
      await trial.serve({
        hooks: [recorder.hook],
        routes: [get('/large', () => ({ body: text }))],
        endpoints: {
          '/pieces': () => ({ status: 200, body: slices(text) }),
          '/whole': () => ({ status: 200, body: text }),
        },
      })
      const client = await trial.connect()
      for (const path of ['/large', '/pieces', '/whole']) {
        const reply = await client.fetch('GET', path)
        assert.deepEqual([reply.status, reply.isComplete, reply.text.length], [200, true, text.length], path)
      }
      assert.deepEqual(
        (await recorder.ended(3)).map(({ outcome }) => outcome),
        ['finished', 'finished', 'finished'],
      )
    },
  },
  {
    name: 'streaming: a response that its client does not take is not over',
    async run(trial) {
      const recorder = trial.recorder()
      const text = 'z'.repeat(UNTAKEN_BYTES)
      await trial.serve({ hooks: [recorder.hook], routes: [get('/large', () => ({ body: text }))] })
      const sent = (await trial.connect()).send('GET', '/large')
      await sent.head()
      await quiet()
      assert.deepEqual(recorder.recordings[0]?.calls, ['onStart', 'around', 'onHead'])
      const reply = await sent.reply()
      assert.deepEqual([reply.isComplete, reply.text.length], [true, text.length])
      assert.equal((await recorder.ended(1))[0]?.outcome, 'finished')
    },
  },
  ...(['gate', 'endpoint'] as const).map(
    (from): Case => ({
      name: `streaming: the pieces of a reply from ${from === 'gate' ? 'a gate' : 'an endpoint'} are asked for as the client takes them`,
      async run(trial) {
        const recorder = trial.recorder()
        const source = countedPieces()
        const reply = (): HttpReply => ({ status: 200, body: source.pieces() })
        await trial.serve(
          from === 'gate'
            ? { hooks: [recorder.hook, { onStart: reply }] }
            : { hooks: [recorder.hook], endpoints: { '/pieces': reply } },
        )
        const client = await trial.connect()
        const sent = client.send('GET', '/pieces')
        await sent.head()
        const taken = await standstill(trial, source)
        for (let bytes = 0; bytes < 16 * PIECE_BYTES; ) bytes += (await sent.piece())?.length ?? 0
        for (let reads = 0; source.taken === taken; reads++) {
          assert.ok(reads < 10_000, 'goes on once the client reads on')
          await sent.piece()
        }
        assert.equal(source.returned, 0)
        client.destroy()
        await trial.waiter.until(() => source.returned === 1, 'the iterator to be returned')
        assert.equal((await recorder.ended(1))[0]?.outcome, 'aborted')
      },
    }),
  ),
  {
    name: 'streaming: an iterator that waits is returned once its client has gone',
    async run(trial) {
      for (const { abort } of trial.aborts) {
        const recorder = trial.recorder()
        let returned = 0
        const released = defer()
        async function* waiting(): AsyncGenerator<string> {
          try {
            yield 'first'
            await released.promise
            yield 'second'
            yield 'third'
          } finally {
            returned++
          }
        }
        await trial.serve({ hooks: [recorder.hook], endpoints: { '/wait': () => ({ status: 200, body: waiting() }) } })
        const client = await trial.connect()
        const sent = client.send('GET', '/wait')
        await sent.piece()
        abort(client, sent)
        assert.equal((await recorder.ended(1))[0]?.outcome, 'aborted')
        released.resolve()
        await trial.waiter.until(() => returned === 1, 'the iterator to be returned')
        await trial.stop()
      }
    },
  },
]

async function* gated(gates: readonly Deferred<void>[]): AsyncGenerator<string> {
  for (const [index, gate] of gates.entries()) {
    yield `piece ${index}`
    await gate.promise
  }
}

async function* slices(text: string): AsyncGenerator<string> {
  for (let at = 0; at < text.length; at += 100_000) yield text.slice(at, at + 100_000)
}

/** More than all buffers between two processes on loopback take. */
const UNTAKEN_BYTES = 16_000_000

const PIECE_BYTES = 65_536

/** Between the iterator and a client that reads nothing are buffers of the kernel (a few MB on loopback) and of streams. */
const MAX_AHEAD = (48 * 1_024 * 1_024) / PIECE_BYTES

interface CountedPieces {
  taken: number
  returned: number
  pieces(): AsyncGenerator<Uint8Array>
}

function countedPieces(): CountedPieces {
  const piece = new Uint8Array(PIECE_BYTES)
  return {
    taken: 0,
    returned: 0,
    async *pieces() {
      try {
        for (;;) {
          // Lets the event loop turn, or an adapter without backpressure would hang the test and not fail it.
          await new Promise(setImmediate)
          this.taken++
          if (this.taken > 4 * MAX_AHEAD) throw new Error('Asked for pieces without end')
          yield piece
        }
      } finally {
        this.returned++
      }
    },
  }
}

/** Waits until no more is asked for. */
async function standstill(trial: Trial, source: CountedPieces): Promise<number> {
  let last = -1
  let since = performance.now()
  await trial.waiter.until(() => {
    assert.ok(source.taken <= MAX_AHEAD, `asked for ${source.taken} pieces that the client did not take`)
    if (source.taken !== last) since = performance.now()
    last = source.taken
    return last > 0 && performance.now() - since > 60
  }, 'the iterator to stand still')
  return last
}
