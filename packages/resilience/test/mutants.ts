import type { CircuitPlan } from '@breakwater/resilience/testing'

/** A fault to put into the circuit breaker. */
export interface Mutant {
  readonly name: string
  /** In `src/lib/circuit-breaker`. */
  readonly file: 'circuit.ts' | 'circuit-breaker.ts' | 'under-way.ts' | 'window.ts'
  /** What is there, exactly once. */
  readonly from: string
  readonly to: string
  /** Options under which it shows more often than under random ones. */
  readonly plan?: CircuitPlan | undefined
}

/** The smallest faults that anybody could make in it. Each one must be found. */
export const mutants: readonly Mutant[] = [
  ...of('circuit.ts', [
    ['opens one failure late', 'this.streak >= options.failureThreshold', 'this.streak > options.failureThreshold'],
    ['a success does not end a streak', 'isFailed ? this.streak + 1 : 0', 'isFailed ? this.streak + 1 : this.streak'],
    ['late ends count', 'if (token !== this.epoch) return', 'if (token < 0) return'],
    ['late ends of probes count', 'const isLate = !isPresent ||', 'const isLate ='],
    ['failures of probes past their lease count', "isSlow || verdict !== 'success'", 'isSlow'],
    ['a slow probe that failed already succeeds', "isSlow || verdict !== 'success'", "verdict !== 'success'"],
    ['successes of probes past their lease do not count', " && (isSlow || verdict !== 'success')", ''],
    ['lets probes in a moment early', 'if (now < this.untilMs)', 'if (now + 0.5 < this.untilMs)'],
    ['lets probes in a moment late', 'if (now < this.untilMs)', 'if (now <= this.untilMs)'],
    ['lets in one probe too many', 'places > 0', 'places >= 0'],
    ['forgets probes under way', ' - (this.underWay?.count ?? 0)', ''],
    ['ignored ends count', "if (verdict === 'ignored') return void counts.ignored++", ''],
    ['slow probes succeed', 'this.#countProbe(isFailed || isSlow)', 'this.#countProbe(isFailed)'],
    ['closes one probe early', 'this.probesSucceeded >= probesToClose', 'this.probesSucceeded >= probesToClose - 1'],
    [
      'opens one failed probe early',
      'this.probesFailed > probes - probesToClose',
      'this.probesFailed >= probes - probesToClose',
    ],
    ['a probe that hangs keeps its place', 'this.underWay?.end(probe)', ''],
    ['a probe that hangs never fails', 'if (isSlowFirst) this.#countProbe(true)', ''],
    ['every probe that hangs fails', 'if (isSlowFirst) this.#countProbe(true)', 'this.#countProbe(true)'],
    ['a window outlives its state', 'this.window?.clear()', ''],
    ['states are not told apart', 'this.epoch++', ''],
    ['calls under way outlive their state', 'this.underWay?.clear()', ''],
    ['the open time does not grow', 'openBackoffFactor ** this.openings', 'openBackoffFactor ** 0'],
    [
      'the open time grows without end',
      'Math.min(openForMs * openBackoffFactor ** this.openings, maxOpenForMs)',
      'openForMs * openBackoffFactor ** this.openings',
    ],
    ['jitter shortens the open time', 'ms * (1 + openJitterRatio', 'ms * (1 - openJitterRatio'],
    ['believes any random number', 'dice >= 0 && dice < 1 ? dice : 0', 'dice'],
    [
      'the open time goes on growing after closing',
      'const wasClosed = this.phase === CLOSED\n    this.openings = openings',
      'const wasClosed = this.phase === CLOSED',
    ],
    ['tells that it closed when it was closed', 'if (!wasClosed) this.events', 'this.events'],
    [
      'does not tell that it is half-open',
      "this.events.emit({ type: 'circuit:half-opened', key: this.host?.key })",
      '',
    ],
    ['a ramp begins with everything', 'this.#credit--', ''],
    ['a ramp goes down', '1 - leftMs / this.options.rampMs', 'leftMs / this.options.rampMs'],
    ['a ramp never begins', 'rampMs > 0 ? this.options.clock.now() + rampMs : 0', '0'],
    ['looks at the failure ratio of too few calls', 'calls >= minimumCalls && failures / calls', 'failures / calls'],
    ['the failure ratio must be passed', 'failures / calls >= failureRatio', 'failures / calls > failureRatio'],
    [
      'the slow-call ratio must be passed',
      'slowCallsInWindow / callsInWindow >= slowCallRatio',
      'slowCallsInWindow / callsInWindow > slowCallRatio',
    ],
    ['calls that hang do not open it', 'if (isNew) this.#judge()', ''],
    ['metrics-only opens', 'if (this.phase !== CLOSED) return\n', '\n'],
    ['disabled looks at calls', 'else if (phase !== DISABLED)', 'else'],
    ['tells an older error', '      this.latestError = error\n', '      this.latestError ??= error\n'],
    ['keeps an error for ever', 'if (phase !== OPEN && phase !== HALF_OPEN) this.latestError = undefined', ''],
    [
      'late successes count where it is quick',
      'this.phase !== CLOSED || epoch !== this.epoch',
      'this.phase !== CLOSED',
    ],
    [
      'late successes of calls that are timed count',
      'this.phase !== CLOSED || call.epoch !== this.epoch ||',
      'this.phase !== CLOSED ||',
    ],
    ['a slow success is not marked', 'window.add(isSlow ? SLOW : 0)', 'window.add(0)'],
    [
      'slow calls are not judged where it is quick',
      'window.failures + window.slowCalls + underWay.overdue > 0',
      'window.failures > 0',
    ],
    ['refusals are not counted', 'this.counts.refused++', ''],
    [
      'a breaking classifier turns the result round',
      "this.#ask(classifyError, value, 'failure')",
      "this.#ask(classifyError, value, 'success')",
    ],
    ['refusals of others are failures', "if (isRefusalError(value)) return 'ignored'", ''],
  ]),
  ...of('window.ts', [
    ['the count window does not wrap', 'this.#next + 1 === this.#size ? 0 : this.#next + 1', 'this.#next + 1'],
    ['the count window keeps old failures', ' - (gone & FAILED)', ''],
    ['the count window keeps old slow calls', ' - (gone >> 1)', ''],
    ['the count window keeps marks of an earlier state', '    this.#marks?.fill(0)\n', ''],
    [
      'the time window keeps a step too long',
      'Math.max(this.#step, step - STEPS) + 1; gone <= step',
      'Math.max(this.#step, step - STEPS) + 1; gone < step',
    ],
    ['the time window keeps everything', 'if (now < this.#stepEndsMs) return', 'return'],
    ['a restored time window is a step off', 'this.#count(this.#step + 1 + index,', 'this.#count(this.#step + index,'],
  ]),
  ...of('under-way.ts', [
    ['a call stays overdue after its end', 'if (call.isOverdue) this.overdue--', ''],
    ['a call that ended is noticed as overdue', 'if (this.#next === call) this.#next = call.newer', ''],
    [
      'overdue calls are looked for a moment late',
      '#next.startedAtMs <= startedAtMs',
      '#next.startedAtMs < startedAtMs',
    ],
    ['a record of an earlier call stays overdue', 'call.isOverdue = false', ''],
    ['a record of an earlier call stays in its epoch', 'call.epoch = epoch', 'call.epoch ||= epoch'],
    ['a call is overdue a moment late', 'call.startedAtMs > startedAtMs', 'call.startedAtMs >= startedAtMs'],
  ]),
  ...of('circuit-breaker.ts', [
    [
      'a call belongs to the state that it ran into',
      '.then(onResult, onError)',
      '.then(holder.onResult, holder.onError)',
      { failureThreshold: 1, openForMs: 10 },
    ],
    ['handlers outlive their state', '    this.onResult = undefined\n', ''],
    ['a permit can be settled twice', '    this.#token = undefined\n', ''],
    ['a snapshot opens it for any time', 'Math.min(remainingMs, maxOpenForMs * (1 + openJitterRatio))', 'remainingMs'],
  ]),
]

function of(file: Mutant['file'], faults: readonly (readonly [string, string, string, CircuitPlan?])[]): Mutant[] {
  return faults.map(([name, from, to, plan]) => ({ name, file, from, to, plan }))
}
