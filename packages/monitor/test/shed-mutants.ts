import type { Edit } from '@breakwater/testing/mutants'

/** A fault to put into how requests are refused, in `src/lib/shed`. */
export interface Mutant extends Edit {
  readonly name: string
}

/** The smallest faults that anybody could make in it. Each one must be found. */
export const mutants: readonly Mutant[] = [
  ...of('shedder.ts', [
    ['the loop does not know what was refused', 'this.#loop.look(nowMs, arrived,', 'this.#loop.look(nowMs, admitted,'],
    [
      'the limit does not know what was refused',
      'this.#limit.look(nowMs, arrived,',
      'this.#limit.look(nowMs, admitted,',
    ],
    ['the loop is never too small for the limit', 'this.#loop.isFull ? this.#loop : undefined', 'undefined'],
    ['nobody is refused because of the loop', 'if (this.#loop.isStrict && ', 'if (this.#loop.isStrict && !this && '],
    ['nobody is refused because of the limit', "return this.#refuse(exchange, slot, 'concurrency', priority)", ';'],
    ['requests end twice', "typeof token !== 'number' || token === DONE", "typeof token !== 'number'"],
    ['requests never end', 'const underWay = this.#underWay--', 'const underWay = this.#underWay'],
    ['vital requests are counted', "if (priority === 'vital') return undefined", ''],
    ['the low come before the high', 'shareOf(gate, SHARES[priority])', 'shareOf(gate, 1 / SHARES[priority])'],
    ['the low wait for longer', 'isLate(nowMs, SHARES[priority])', 'isLate(nowMs, 1 / SHARES[priority])'],
    ['the low never come in', '- 1), 1)', '- 1), 0)'],
    ['errors say how long it takes', 'exchange.status < 500', 'exchange.status < 600'],
    ['given up requests say how long it takes', 'isHead && exchange', 'exchange'],
    ['what throws makes a request vital', "return 'normal'\n    }", "return 'vital'\n    }"],
    ['every fault of a priority is told', 'if (!this.#isPriorityFaulty) ', ''],
    ['a priority may be anything', 'throw new TypeError(`Expected', 'if (!this) throw new TypeError(`Expected'],
    ['each refusal is a beginning', 'if (!this.#isShedding) {', 'if (nowMs > 0) {'],
    ['shedding ends at once', '|| nowMs - this.#lastRefusedMs < QUIET_FOR_MS', ''],
    ['shedding ends with the first refusal', 'this.#lastRefusedMs = nowMs', 'this.#lastRefusedMs = this.#startedMs'],
    ['shedding never ends', 'if (!this.#isShedding || ', 'if (nowMs > 0 || '],
    ['what was refused before is counted again', '- this.#refusedBefore', ''],
    ['what was answered is counted again', 'this.#answered = this.#timed = this.#timedMs = 0', ''],
  ]),
  ...of('loop-gate.ts', [
    ['demand on the loop falls because of refusing', 'Math.max(useful, this.#arrivedSum * this.costMs)', '1'],
    ['connections that wait are not seen', 'this.isFull && this.#areConnectionsWaiting ? 1 :', ''],
    [
      'new connections are those that wait',
      'this.isFull && this.#areConnectionsWaiting ? 1',
      'this.#connectionsPerTurn > 0 ? 1',
    ],
    ['nobody may wait for the loop', '> this.budgetMs * patience', '> 0 * patience'],
    ['anybody may wait for the loop', '> this.budgetMs * patience', '> 1e9 * patience'],
    ['the loop is as strict with a few too many', 'long * (tight / long) ** strictness', 'tight'],
    ['the loop is never stricter', 'long * (tight / long) ** strictness', 'long'],
    ['a turn that does not end is none of its business', 'this.isFull || nowMs - this.#turnMs >= long', 'this.isFull'],
    ['requests are blamed for what others do', '&& this.#inTurn >= this.#leastInTurn', ''],
    ['refusals cost nothing', 'Math.max(this.#arrivedSum - this.#admittedSum, 0) * this.#refusalMs', '0'],
    ['one that was held up is what all cost', 'Math.min(tookMs, OUTLIER * this.#refusalMs)', 'tookMs'],
    ['a turn lasts for ever', 'this.#turn = turn\n    this.#turnMs = nowMs', 'this.#turn = turn'],
    ['work of others is the cost of refusing', 'admit(): void {\n    this.#refusedMs = Number.NaN', 'admit(): void {'],
    ['the loop has no time to be idle', 'elapsedMs - (idleMs - this.#idleMs)', 'elapsedMs'],
  ]),
  ...of('limit/demand.ts', [
    ['demand falls because of refusing', 'Math.min(this.#arrivedSum, 1) * excess', 'Math.min(this.#arrivedSum, 1)'],
    ['whoever comes finds no place', 'Math.min(this.#found / knee, arrived)', 'arrived'],
    ['demand is never forgotten', 'const kept = ', 'const kept = 1 || '],
  ]),
  ...of('limit/concurrency-limit.ts', [
    ['it is never too much', 'this.#isFull = this.#wanted >= FULL', 'this.#isFull = false'],
    ['it is always too much', 'this.#isFull = this.#wanted >= FULL', 'this.#isFull = true'],
    ['nobody learns how long a request takes', 'this.#floors.settle(', 'void ((..._: unknown[]) => undefined)('],
    ['what got busy meanwhile says how long a request takes', '&& underWay >= this.#knee', '&& underWay < 0'],
    ['the gate is never lowered', '!this.#probe.isDue(', 'nowMs > 0 || !this.#probe.isDue('],
    ['a lowered gate waits for its requests', '!this.#probe.isOverdue(nowMs, this.floorMs ?? 0)', 'nowMs > 0'],
    ['a lowered gate is raised late', 'if (!isBusy && this.#probe.isOn) this.#raiseGate(nowMs)', ''],
    [
      'a lowered gate is not raised for those who come',
      'if (this.#isFull && !this.#probe.isOverdue',
      'if (!this.#probe.isOverdue',
    ],
    ['what hangs is waited for', 'this.#giveUpLate(nowMs)\n', '\n'],
    ['what hangs says nothing', 'this.#busy.giveUp(', 'void ('],
    ['the limit never grows', 'if (queue <= NO_QUEUE) return this.#setKnee(', 'if (queue <= NO_QUEUE) return void ('],
    ['the limit never falls', 'this.#setKnee(isNews ? worked', 'this.#setKnee(!this ? worked'],
    ['noise is a queue', 'times / Math.exp(noise)', 'times'],
    [
      'the limit falls with a wrong floor',
      'Math.max(meanUnder / queue, Math.min(this.#floors.under, this.#own))',
      'meanUnder / queue',
    ],
    ['what got much faster has no other floor', 'this.#floors.scale(times)', ''],
    [
      'a floor that may be wrong is not doubted',
      'const isDoubted = isTooNear || this.#isFloorDoubted ||',
      'const isDoubted =',
    ],
    ['the most does not count', ', this.#bounds.max)\n  }\n}', ', Infinity)\n  }\n}'],
    ['the loop says nothing of the limit', 'Math.max(Math.min(this.#own, this.#loopKnee), 1)', 'this.#own'],
  ]),
  ...of('limit/room.ts', [
    ['bursts are refused', 'loose * (limit / loose) ** strictness', 'limit'],
    ['the gate stays open', 'loose * (limit / loose) ** strictness', 'loose'],
  ]),
  ...of('limit/cohort.ts', [
    ['cohorts are one', 'this.id += this.#ids', ''],
    ['nothing takes longer than expected', 'this.#expected += expectedMs', 'this.#expected += tookMs'],
    ['a cohort waits for none', 'this.isFull && this.#ended === this.started', 'this.isFull'],
    ['times never vary', 'this.#isNew = false', 'this.spread = 0'],
  ]),
  ...of('limit/floors.ts', [
    ['one that hangs counts as long as it does', 'Math.min(tookMs, MOST_TIMES * usualMs)', 'tookMs'],
    ['routes are one', 'return this.#routes.get(route)', 'return this.#routes.size > 0 ? this.meanMs : undefined'],
    ['what was not settled is kept', 'discard(): void {\n    this.#fresh.clear()', 'discard(): void {'],
    ['routes have no end', 'this.#routes.size + this.#fresh.size < MOST_ROUTES', 'route !== ""'],
    ['the first floor counts for ever', 'known + share * (fresh - known)', 'known'],
  ]),
  ...of('limit/probe.ts', [
    ['it never rests', 'return nowMs - this.#endedMs > restMs ||', 'return restMs > 0 ||'],
    ['a floor is never too old', '> FLOOR_FOR_MS', '> 1e9 * FLOOR_FOR_MS'],
    ['it does not look deeper', '|| gate < DEEPER * Math.min(floorUnder, this.gate)', ''],
  ]),
  ...of('refusals.ts', [
    ['all come back at once', '(this.#next + 1) % seconds', 'seconds - 1'],
    ['all come back as soon', 'SECONDS_PER_DEMAND * demandRatio', 'SECONDS_PER_DEMAND'],
    ['replies can be changed', 'return Object.freeze({', 'return ({'],
  ]),
  ...of('priority.ts', [
    ['what begins like a vital path is vital', 'path.startsWith(prefix)', 'path.startsWith(prefix.slice(0, -1))'],
    ['what is below a vital path is not', '|| VITAL_PREFIXES.some((prefix) => path.startsWith(prefix))', ''],
  ]),
]

function of(file: string, faults: readonly (readonly [name: string, from: string, to: string])[]): readonly Mutant[] {
  return faults.map(([name, from, to]) => ({ name, file: `shed/${file}`, from, to }))
}
