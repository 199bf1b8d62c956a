import { Worker } from 'node:worker_threads'

/** Watches over a deadline from another thread. */
export interface DeadlineWatch {
  /** Calls it off. */
  stop(): void
}

/** What the thread is told. */
interface WatchData {
  /** On `process.hrtime`, which all threads share. */
  readonly dueNs: bigint
  readonly exitCode: number
  readonly line: string
  /** Set, and notified, when it is called off. */
  readonly calledOff: Int32Array
}

/**
 * Ends the process when its time is over, even while something blocks its event loop.
 *
 * A worker cannot end the main thread by `process.exit`, and SIGKILL does nothing to the first process of a container, so the
 * worker asks the main thread's inspector to evaluate it, which interrupts a running script. What blocks inside a system call
 * is not interrupted: then there is only SIGKILL.
 *
 * @param limitMs Milliseconds from now.
 * @param exitCode What the process then ends with.
 * @param line What it then says on stderr.
 */
export function watchDeadline(limitMs: number, exitCode: number, line: string): DeadlineWatch {
  const calledOff = new Int32Array(new SharedArrayBuffer(4))
  const dueNs = process.hrtime.bigint() + BigInt(Math.ceil(limitMs * 1e6))
  try {
    const worker = new Worker(SCRIPT, {
      eval: true,
      execArgv: [],
      env: {},
      workerData: { dueNs, exitCode, line, calledOff } satisfies WatchData,
      resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 4 },
    })
    worker.unref()
    // Without it, the timer of the main thread remains.
    worker.on('error', () => {})
  } catch {
    // No room for a thread, or no leave to start one: the timer of the main thread remains.
  }
  return {
    stop() {
      Atomics.store(calledOff, 0, 1)
      Atomics.notify(calledOff, 0)
    },
  }
}

/** How long the main thread may take to hear that it is to end. */
const KILL_AFTER_MS = 30

/** A text, so that it needs no file of its own beside a bundle. It must run as CommonJS on every supported Node. */
const SCRIPT = `
'use strict'
const { workerData } = require('node:worker_threads')
const { dueNs, exitCode, line, calledOff } = workerData
const isCalledOff = (ms) => Atomics.wait(calledOff, 0, 0, Math.max(0, ms)) !== 'timed-out'
if (!isCalledOff(Number(dueNs - process.hrtime.bigint()) / 1e6)) {
  try {
    require('node:fs').writeSync(2, line + '\\n')
  } catch {}
  try {
    const { Session } = require('node:inspector')
    const session = new Session()
    session.connectToMainThread()
    session.post('Runtime.evaluate', { expression: 'process.exit(' + exitCode + ')' })
    // Or the main thread would wait for this debugger to go.
    session.disconnect()
  } catch {}
  if (!isCalledOff(${KILL_AFTER_MS})) process.kill(process.pid, 'SIGKILL')
}
`
