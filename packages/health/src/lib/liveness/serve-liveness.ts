import { Worker } from 'node:worker_threads'
import { LivenessError } from '../errors.ts'
import { LIVENESS_SCRIPT, type LivenessData, type LivenessMessage } from './liveness-worker.ts'
import type { ResolvedLivenessOptions } from './options.ts'

/** A thread that serves liveness: `serveLiveness`. */
export interface LivenessServer {
  /** The port on which it listens. */
  readonly port: number
  /** Ends it. Calling it again is harmless. */
  close(): Promise<void>
}

/**
 * Serves liveness from a thread of its own.
 *
 * @param options Where, and what counts as stalled.
 * @param onFailure Hears why the thread ended, if nobody closed it.
 * @returns The server, once it listens.
 */
export async function serveLiveness(
  options: ResolvedLivenessOptions,
  onFailure: (error: unknown) => void,
): Promise<LivenessServer> {
  const where = `${options.host ?? '*'}:${options.port}`
  const answered = new Int32Array(new SharedArrayBuffer(4))
  const worker = startWorker({ ...options, answered }, where)
  let isClosed = false

  const close = async (): Promise<void> => {
    isClosed = true
    await worker.terminate()
  }

  const port = await new Promise<number>((resolve, reject) => {
    const fail = (error: LivenessError): void => {
      // After it listened, there is nobody to reject to.
      reject(error)
      if (!isClosed && isListening) onFailure(error)
      void close()
    }
    let isListening = false
    worker.on('message', (message: LivenessMessage) => {
      if (typeof message === 'number') Atomics.store(answered, 0, message)
      else if ('port' in message) {
        isListening = true
        resolve(message.port)
      } else fail(new LivenessError(where, message.message))
    })
    worker.on('error', (error) => fail(new LivenessError(where, 'its thread failed', { cause: error })))
    worker.on('exit', (code) => {
      if (!isClosed) fail(new LivenessError(where, `its thread ended with code ${code}`))
    })
  })
  // From here on it is in the background.
  worker.unref()
  return { port, close }
}

function startWorker(workerData: LivenessData, where: string): Worker {
  try {
    return new Worker(LIVENESS_SCRIPT, {
      eval: true,
      execArgv: [],
      env: {},
      workerData,
      resourceLimits: { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 8 },
    })
  } catch (error) {
    throw new LivenessError(where, 'there is no thread for it', { cause: error })
  }
}
