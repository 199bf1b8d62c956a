import { parentPort, workerData } from 'node:worker_threads'
import { answerThread } from '../src/lib/aggregate/workers.ts'
import { sourceOf } from './aggregate-source.ts'

// A thread that answers at its parent's, or at a port of its own. Run by aggregate.integration.test.ts.

const { value, port } = workerData
answerThread(
  sourceOf(() => value),
  port,
)
parentPort?.on('message', (message) => {
  if (message === 'block') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
  if (message === 'end') process.exit()
})
parentPort?.postMessage('ready')
