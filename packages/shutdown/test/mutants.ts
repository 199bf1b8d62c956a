import type { Edit } from '@breakwater/testing/mutants'
import type { RunOptions, ScenarioName } from '@breakwater/testing/shutdown'

/** A fault to put into how servers are drained, in `src/lib`. */
export interface Mutant extends Edit {
  readonly name: string
  /** Where it must show. */
  readonly scenario: ScenarioName
  readonly options?: RunOptions | undefined
}

/** The smallest faults that anybody could make in it, and that clients would see. Each one must be found. */
export const mutants: readonly Mutant[] = [
  ...of('drain/http-drain.ts', [
    ['clients are not told that a connection ends', "response.setHeader('connection', 'close')", '', 'keep-alive'],
    ['who sends several at once is told with the first', 'connection.latest !== response', 'false', 'pipelined'],
    ['a connection that is served lingers as an idle one', '|| pending > 0 || isLast', '|| isLast', 'download'],
    ['nothing is drained', 'this.#isDraining = true', '', 'keep-alive'],
    ['open streams are cut', 'session.end(this.#options)\n    this', 'session.cut()\n    this', 'h2c'],
    ['sessions do not end', 'for (const session of this.#sessions) session.end(this.#options)', '', 'h2c'],
  ]),
  ...of('drain/listener.ts', [
    ['the backlog is not let in', '!isQuiet() && mayGoOn()', 'false', 'backlog'],
    [
      'it goes on listening',
      'this.#close()\n    await untilOthersStopped()',
      'await untilOthersStopped()',
      'keep-alive',
    ],
    [
      'the server ends connections that it takes for idle',
      'Server.prototype.close.call(this.#server,',
      'this.#server.close(',
      'slow-reader',
    ],
  ]),
  ...of('drain/http2-connection.ts', [
    ['streams on their way are refused', 'this.#socket.write(NOTICE)', '', 'h2c'],
    [
      'the last GOAWAY does not wait for the first',
      'this.#afterRoundTrip(() => this.#close())',
      'this.#close()',
      'h2c',
      { roundTripMs: 50 },
    ],
  ]),
  ...of('drain/web-socket-drain.ts', [
    ['WebSockets are not told', 'client.close(code, text)', '', 'websocket'],
    ['WebSockets are ended', 'client.close(code, text)', 'client.terminate?.()', 'websocket'],
  ]),
  ...of('shutdown.ts', [
    ['streams are not told', 'this.#controller.abort(reason)', '', 'events'],
    [
      'it does not wait until the load balancer knows',
      'if (drainDelayMs > 0) await',
      'if (drainDelayMs < 0) await',
      'lag',
    ],
    [
      'clients are told before the backlog is in',
      'await Promise.all(this.#drains.all.map((drain) => drain.stopListening?.()))',
      'void Promise.all(this.#drains.all.map((drain) => drain.stopListening?.()))',
      'burst',
    ],
    ['nobody watches the deadline', 'return watchDeadline(', 'return void (', 'hook-block'],
  ]),
  ...of('drain/cluster-drain.ts', [
    ['workers are killed', 'process.kill(signal)', "process.kill('SIGKILL')", 'cluster'],
  ]),
]

function of(
  file: string,
  faults: readonly (readonly [name: string, from: string, to: string, scenario: ScenarioName, options?: RunOptions])[],
): readonly Mutant[] {
  return faults.map(([name, from, to, scenario, options]) => ({ name, file, from, to, scenario, options }))
}
