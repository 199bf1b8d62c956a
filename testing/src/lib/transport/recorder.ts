import type { HttpExchange, HttpHook, HttpOutcome } from '@breakwater/core'
import type { Waiter } from './waiter.ts'

/** What one hook was told of one exchange. */
export interface Recording {
  /** The exchange. Its values are live: read those noted below. */
  readonly exchange: HttpExchange
  /** The slot the hook was called with. */
  readonly slot: number
  /** The hook's functions, in the order of their calls. */
  readonly calls: string[]
  /** Value of the request's header `x-id`, to tell exchanges apart. */
  readonly id: string | undefined
  /** Status in `onHead`. */
  headStatus: number | undefined
  /** Route in `onHead`. */
  headRoute: string | undefined
  /** Status in `onEnd`. */
  status: number | undefined
  /** Route in `onEnd`. */
  route: string | undefined
  /** Outcome in `onEnd`. */
  outcome: HttpOutcome | undefined
}

/** A hook that writes down everything it is told. */
export interface Recorder {
  /** Give it to the server. */
  readonly hook: Required<HttpHook>
  /** One for each exchange, in the order of their starts. */
  readonly recordings: readonly Recording[]
  /**
   * Waits until so many exchanges are over.
   *
   * @param count How many.
   */
  ended(count: number): Promise<readonly Recording[]>
  /** What went against the contract, whatever the case was about. */
  problems(): readonly string[]
}

/**
 * Creates a recorder.
 *
 * @param name Begins its lines in the log.
 * @param log Shared by several, for the order between them.
 * @param waiter Limits waiting.
 */
export function createRecorder(name: string, log: string[], waiter: Waiter): Recorder {
  const recordings: Recording[] = []
  const problems: string[] = []

  function note(exchange: HttpExchange, slot: number, phase: keyof HttpHook): Recording | undefined {
    log.push(`${name} ${phase}`)
    const recording = exchange.slots[slot] as Recording | undefined
    if (recording === undefined) problems.push(`${name}: ${phase} finds no notes of onStart in slot ${slot}`)
    else if (recording.exchange !== exchange) problems.push(`${name}: ${phase} finds notes of another exchange`)
    recording?.calls.push(phase)
    return recording
  }

  return {
    recordings,
    hook: {
      onStart(exchange, slot) {
        log.push(`${name} onStart`)
        if (exchange.slots[slot] !== undefined) problems.push(`${name}: onStart finds slot ${slot} in use`)
        if (exchange.outcome !== undefined) problems.push(`${name}: onStart finds outcome ${exchange.outcome}`)
        const recording: Recording = {
          exchange,
          slot,
          calls: ['onStart'],
          id: exchange.header('x-id'),
          headStatus: undefined,
          headRoute: undefined,
          status: undefined,
          route: undefined,
          outcome: undefined,
        }
        exchange.slots[slot] = recording
        recordings.push(recording)
        return undefined
      },
      around(exchange, next, slot) {
        note(exchange, slot, 'around')
        next()
      },
      onHead(exchange, slot) {
        const recording = note(exchange, slot, 'onHead')
        if (recording === undefined) return
        recording.headStatus = exchange.status
        recording.headRoute = exchange.route
      },
      onEnd(exchange, slot) {
        const recording = note(exchange, slot, 'onEnd')
        if (recording === undefined) return
        recording.status = exchange.status
        recording.route = exchange.route
        recording.outcome = exchange.outcome
      },
    },
    async ended(count) {
      const over = () => recordings.filter(({ calls }) => calls.includes('onEnd'))
      const seen = () =>
        recordings.map(({ exchange, calls }) => `${exchange.method} ${exchange.path}: ${calls}`).join('; ')
      await waiter
        .until(() => over().length >= count, `${count} exchanges to end`)
        .catch((error) => {
          throw new Error(`${error.message}, had ${recordings.length} (${seen().slice(0, 500)})`)
        })
      return recordings
    },
    problems: () => [...problems, ...recordings.flatMap((recording) => judge(name, recording))],
  }
}

function judge(name: string, recording: Recording): readonly string[] {
  const { exchange, calls, headStatus, headRoute, status, route, outcome } = recording
  const what = `${name}: ${exchange.method} ${exchange.path}`
  const problems: string[] = []
  if (!/^onStart(,around)?(,onHead)?,onEnd$/.test(calls.join())) problems.push(`${what} was told ${calls.join()}`)
  else if (outcome === undefined) problems.push(`${what} ended without an outcome`)
  else if (calls.includes('onHead')) {
    if (headStatus !== status) problems.push(`${what} had status ${headStatus} in onHead, ${status} in onEnd`)
    if (headRoute !== route) problems.push(`${what} had route ${headRoute} in onHead, ${route} in onEnd`)
  } else if (outcome === 'finished' && !isFrameworksOwn(recording)) problems.push(`${what} finished without onHead`)
  return problems
}

/** A framework may refuse what it cannot read without asking the adapter. Hooks learn of it when it is over. */
function isFrameworksOwn({ calls, status = 0 }: Recording): boolean {
  return calls.join() === 'onStart,onEnd' && status >= 400 && status < 500
}
