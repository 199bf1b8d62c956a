import { strict as assert } from 'node:assert'
import { Readable } from 'node:stream'
import { type Case, get, PLAIN } from '../case.ts'
import { isHttp2, type TransportRoute } from '../transport.ts'

const BEFORE: readonly { name: string; answer: TransportRoute['answer'] }[] = [
  {
    name: 'throws at once',
    answer: () => {
      throw new Error('secret')
    },
  },
  { name: 'rejects', answer: () => Promise.reject(new Error('secret')) },
  {
    name: 'rejects later',
    async answer() {
      await new Promise(setImmediate)
      throw new Error('secret')
    },
  },
]

const AFTER: readonly { name: string; answer: TransportRoute['answer'] }[] = [
  { name: 'streams and fails', answer: () => ({ body: Readable.from(failing()) }) },
  {
    name: 'writes and throws',
    async answer({ response }) {
      response.writeHead(200, { 'content-type': 'text/plain' })
      response.write('part')
      await new Promise((resolve) => setTimeout(resolve, 10))
      throw new Error('secret')
    },
  },
  {
    name: 'destroys its response',
    async answer({ response }) {
      response.writeHead(200, { 'content-type': 'text/plain' })
      response.write('part')
      await new Promise((resolve) => setTimeout(resolve, 10))
      response.destroy()
      return undefined
    },
  },
  {
    name: 'destroys its response of a known length, with an error',
    async answer({ response }) {
      response.on('error', () => {})
      response.writeHead(200, { 'content-length': '100' })
      response.write('part')
      await new Promise((resolve) => setTimeout(resolve, 10))
      response.destroy(new Error('secret'))
      return undefined
    },
  },
]

async function* failing(): AsyncGenerator<string> {
  yield 'part'
  await new Promise((resolve) => setTimeout(resolve, 10))
  throw new Error('secret')
}

/** What becomes of a request whose handler fails. */
export const errorCases: readonly Case[] = [
  ...BEFORE.map(
    ({ name, answer }): Case => ({
      name: `errors: a handler that ${name} is a finished 500, and the connection serves on`,
      async run(trial) {
        const recorder = trial.recorder()
        await trial.serve({ hooks: [recorder.hook], routes: [get('/throws/:how', answer), PLAIN] })
        const client = await trial.connect()
        const { status, text } = await client.fetch('GET', '/throws/now')
        assert.equal(status, 500)
        assert.ok(!text.includes('secret'), text)
        const [recording] = await recorder.ended(1)
        assert.deepEqual([recording?.outcome, recording?.status, recording?.headStatus], ['finished', 500, 500])
        assert.equal(recording?.route, '/throws/:how')
        assert.equal((await client.fetch('GET', '/plain')).text, 'plain')
      },
    }),
  ),
  ...AFTER.map(
    ({ name, answer }): Case => ({
      name: `errors: a handler that ${name} after the head has failed`,
      async run(trial) {
        const recorder = trial.recorder()
        await trial.serve({ hooks: [recorder.hook], routes: [get('/throws', answer), PLAIN] })
        const { status, isComplete } = await trial.fetch('GET', '/throws')
        assert.equal(status, 200)
        // Over HTTP/2 it is the framework that decides how it is cut, and some do so as gently as if it was whole.
        if (!isHttp2(trial.transport)) assert.equal(isComplete, false)
        const [recording] = await recorder.ended(1)
        assert.deepEqual([recording?.outcome, recording?.status, recording?.headStatus], ['failed', 200, 200])
        assert.equal((await trial.fetch('GET', '/plain')).text, 'plain')
      },
    }),
  ),
  {
    name: 'errors: a response destroyed before its head has failed, without onHead',
    async run(trial) {
      const recorder = trial.recorder()
      const answer: TransportRoute['answer'] = ({ response }) => {
        response.destroy()
        return undefined
      }
      await trial.serve({ hooks: [recorder.hook], routes: [get('/throws', answer)] })
      await assert.rejects(trial.fetch('GET', '/throws'))
      const [recording] = await recorder.ended(1)
      assert.deepEqual([recording?.outcome, recording?.headStatus], ['failed', undefined])
    },
  },
]
