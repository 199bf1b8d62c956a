import type { Edit } from '@breakwater/testing/mutants'

/** A fault to put into the engine, in `src/lib`. */
export interface Mutant extends Edit {
  readonly name: string
}

/** The smallest faults that anybody could make in what decides what may be served, and kept. Each one must be found. */
export const mutants: readonly Mutant[] = [
  ...of('timeline.ts', [
    ['clear() voids nothing', 'if (!isAfter(this.#cleared, seq, tick)) return false', ''],
    ['forgotten tags void nothing', '?? this.#floor, seq, tick)) return false', '?? NEVER, seq, tick)) return false'],
    ['what is held does not hold here', 'mark.tick = tick\n      mark.pending++', 'mark.pending++'],
    ['what is held is not pending', 'mark.tick = tick\n      mark.pending++', 'mark.tick = tick'],
    ['what is held stays pending', 'mark.pending--\n      mark.seq', 'mark.seq'],
    ['what is settled has no place in the log', 'mark.seq = Math.max(mark.seq, seq)\n    }', '}'],
    ['an invalidation that the log tells does not count here', 'mark.tick = ++this.#ticker.tick\n    }', '}'],
    [
      'what the log tells in the place of an own invalidation does not count',
      'if (this.#answers.get(seq)?.id === id) return\n    for',
      'if (this.#answers.has(seq)) return\n    for',
    ],
    [
      'what the log tells in the place of an own clear does not count',
      'if (this.#answers.get(seq)?.id === id) return\n    this.#cleared',
      'if (this.#answers.has(seq)) return\n    this.#cleared',
    ],
    ['a clear stays pending', 'this.#cleared.pending--\n', ''],
    ['a clear that waits does not hold', 'this.#cleared.pending++\n', ''],
    [
      'tags are forgotten in any order',
      'this.#marks.delete(tag)\n    this.#marks.set(tag, mark)\n    return mark',
      'return mark',
    ],
    ['tags are never forgotten', 'if (this.#marks.size <= this.#maxTags) return\n    for', 'for'],
    ['forgotten tags leave nothing behind', 'this.#floor.tick = Math.max(this.#floor.tick, mark.tick)', ''],
    ['histories are not told apart', 'this.#answers.clear()\n    this.epoch++\n    this.#shrink()', ''],
    [
      'what is held is forgotten with its history',
      'if (mark.pending === 0) this.#marks.delete(tag)',
      'if (mark.pending >= 0) this.#marks.delete(tag)',
    ],
    ['tags of a history are not known', 'mark.seq = seq\n      mark.tick = tick\n    }\n    Object', '}\n    Object'],
    ['a value is as new as its latest invalidation', 'mark.pending === 0 && mark.seq <= seq', 'mark.seq <= seq'],
    [
      'a value from the moment of an invalidation is void',
      'mark.pending === 0 && mark.seq <= seq',
      'mark.pending === 0 && mark.seq < seq',
    ],
  ]),
  ...of('load/trust.ts', [
    ['a stale value is served for ever', 'nowMs >= fallback.graceUntilMs', 'false'],
    [
      'a stale value is served though it was invalidated',
      'return timeline.isCurrent(fallback.seq, fallback.tick, fallback.tags)',
      'return true',
    ],
    [
      'a stale value is served though it was deleted',
      'fallback === undefined || fencedSeq > 0 ||',
      'fallback === undefined ||',
    ],
  ]),
  ...of('load/loads.ts', [
    ['fenced values are kept', 'flight.fencedSeq > 0 || ', ''],
    ['values with invalidated tags are kept', '|| !timeline.isCurrent(since.seq, flight.tick, tags)', ''],
    ['tags of a loader are lost', 'flight.addTags(call?.chosenTags)', ''],
    ['tags of what was not modified are lost', 'flight.addTags(call?.previousTags)', '{}'],
    [
      'who comes after an invalidation gets the older value',
      '? value\n        : this.serve(wish, false, joins + 1)',
      '? value\n        : value',
    ],
    [
      'a late result is kept',
      'succeed(flight: Flight, result: unknown): void {\n    if (flight.isOver) return',
      'succeed(flight: Flight, result: unknown): void {',
    ],
    ['a loader over its limit is not aborted', 'flight.call?.abort(error)', ''],
    ['after a soft limit everybody gets the stale value', 'flight.reopen()', ''],
    ['old failures hold newer callers back', 'flight.fencedSeq > 0 ? 0 : this.failures.add', 'this.failures.add'],
    [
      'failures are not remembered',
      'const failure = this.failures.get(wish.key)',
      'const failure = undefined as ReturnType<Failures["get"]>',
    ],
    [
      'everybody loads',
      'const other = joins < MAX_JOINS ? engine.flights.get(wish.key) : undefined',
      'const other = undefined as Flight | undefined',
    ],
    ['a stale value is renewed by everybody', 'this.#engine.flights.has(wish.key) || ', ''],
    ['a load that ended still has callers', 'engine.dismiss(flight)', ''],
    ['a lease of what is not kept is not given back', 'if (stored === undefined) this.shared?.release(flight)\n', ''],
    [
      'what is left out stays in the shared tier',
      'isStale && flight.token !== undefined ? this.shared?.fillNothing(flight) : undefined',
      'undefined as Promise<void> | undefined',
    ],
    [
      'a value that was fenced is offered to the tier',
      'this.shared?.release(flight)\n      return undefined',
      'return this.shared?.fill(flight, encoded as never, spans, undefined)',
    ],
  ]),
  ...of('load/loads.ts', [
    ['waiting for another process has no end', 'this.#engine.deadlines.add(flight.patience)', ''],
    [
      'who has waited for another process ends its own load',
      'if (flight.call === undefined) this.failElsewhere(flight, error, undefined)\n    else',
      'if (flight.waiters >= 0) this.failElsewhere(flight, error, undefined)\n    else',
    ],
    [
      'who has waited for another process is not served the stale value',
      'else if (!this.#serveFallback(flight) && !flight.isSettled) flight.reject(error)',
      'else flight.reject(error)',
    ],
  ]),
  ...of('load/failures.ts', [
    ['an own failure is that of another process', 'failure?.id === id ? failure : undefined', 'undefined'],
  ]),
  ...of('load/flight.ts', [
    ['nothing fences a load', 'if (seq > this.since.seq && seq > this.fencedSeq) this.fencedSeq = seq', ''],
    ['a load belongs to the history it was wanted in', 'this.epoch = epoch\n    this.tick', 'this.tick'],
    ['what was fenced before its loader was called stays fenced', 'if (isHeard) this.fencedSeq = 0', ''],
  ]),
  ...of('common-parts.ts', [
    ['lists with one tag in common are taken for the same', '&& isSame(like, tags)', ''],
    ['all values are of use for as long as the first one', ' && like.usableMs === usableMs', ''],
  ]),
  ...of('deadlines.ts', [
    ['nobody is called whose time comes after that of the first one', 'this.watch(nextMs)', ''],
    ['limits of loads are not looked at', '[this.#items, ...lists]', '[this.#items]'],
  ]),
  ...of('engine.ts', [
    [
      'a load that was fenced once is never fenced again',
      'this.retired.delete(flight)\n    this.flights.set(flight.key, flight)\n    return true',
      'return true',
    ],
    ['loads join what was fenced', 'if (flight.fencedSeq > 0) this.#retire(flight)', ''],
    ['who is cut off serves for ever', 'nowMs - confirmedAtMs <= this.options.maxStalenessMs', 'true'],
    ['own fresh loads are not trusted', 'nowMs - entry.bornMs <= this.options.maxStalenessMs || ', ''],
    [
      'a lost log keeps the first layer',
      'timeline.begin(history)\n    this.onChangeOfAll()',
      'timeline.begin(history)',
    ],
    ['a failover repeats nothing', '(this.shared as Shared).outbox.repeat(shard, toldMs)', '0'],
    ['a key that changed stays', 'if (entry !== undefined && entry.seq < seq) this.memory.delete(key)', ''],
  ]),
  ...of('writes.ts', [
    [
      'a set that is not the latest is kept',
      'engine.pendingKeys.end(key, change, seq) && isStored',
      'engine.pendingKeys.end(key, change, seq) !== undefined && isStored',
    ],
    ['a set with tags that are being invalidated is kept', ' && timeline.isCurrent(seq, -1, record.tags)', ''],
    ['loads that began during a set overwrite it', 'engine.hear(key, seq)', ''],
  ]),
  ...of('shared/commit.ts', [
    [
      'changes of another history count',
      "if (timeline.epoch !== epoch || position.seq <= head.seq) throw new TierUnavailableError('its history changed')",
      'void [epoch, head, TierUnavailableError]',
    ],
  ]),
  ...of('shared/outbox.ts', [
    ['queued keys are not pending', 'this.#options.pendingKeys.queue(key)', ''],
    ['applied keys stay pending', 'if (!queue.keys.has(key)) pendingKeys.unqueue(key)', ''],
    ['nothing is tried again', 'if (this.#stopRetry === undefined) this.#retryLater()', ''],
    ['what failed is forgotten', 'queue.putBack(batch)', ''],
    [
      'tags that were held twice are settled once',
      'for (const [tag, times] of batch.tags) for (let n = 0; n < times; n++) timeline',
      'for (const [tag] of batch.tags) timeline',
    ],
    ['clears that were held twice are settled once', 'for (let n = 0; n < batch.all; n++) timeline', 'timeline'],
    ['a queue has no end', 'if (this.size > this.#options.maxQueued) this.#collapse(shard)', ''],
    ['a queue that is too long is dropped', 'timeline.holdAll()\n    queue.all++', ''],
    [
      'tags of a queue that was too long are held for ever',
      'for (const [tag, times] of queue.tags) for (let n = 0; n < times; n++) timeline.settle([tag], 0)',
      '',
    ],
    [
      'own deletes are not repeated',
      "if (change.kind === 'delete') this.queueKeys(shard, change.keys)",
      "if (change.kind === 'delete') continue",
    ],
    [
      'own invalidations are not repeated',
      'timeline.hold(change.tags)\n        this.queueTags(shard, change.tags)',
      '',
    ],
    ['own clears are not repeated', 'timeline.holdAll()\n        this.queueAll(shard)', ''],
    ['closing tries nothing', 'await Promise.all(this.#queues.map((_, shard) => this.#flush(shard)))', ''],
    ['answers from before a queued change are believed', 'recent.hear(key, seq)', ''],
  ]),
  ...of('shared/pending-keys.ts', [
    ['every set is the latest', 'pending.latest === change && ', ''],
    ['changes of others are not heard', 'pending.heardSeq <= seq', 'true'],
    ['a key is never pending', 'return this.#keys.size > 0 && this.#keys.has(key)', 'return false'],
    ['a key that waits in a queue is not pending', 'underWay === 0 && !isQueued', 'underWay === 0'],
  ]),
  ...of('shared/recent-changes.ts', [
    ['changes are not remembered', 'changes.set(key, Math.max(seq, changes.get(key) ?? 0))', 'changes.get(key)'],
    [
      'changes are remembered for ever',
      'if (this.#older === undefined && this.#younger.changes.size > 0) this.#turn()',
      '',
    ],
    [
      'readers of the older generation are forgotten',
      'isOlder(this.#younger, key, seq) || (this.#older !== undefined && isOlder(this.#older, key, seq))',
      'isOlder(this.#younger, key, seq)',
    ],
  ]),
  ...of('shared/received.ts', [
    ['answers of another history are believed', 'timeline.epoch !== epoch || ', ''],
    ['answers about pending keys are believed', ' || engine.pendingKeys.has(key)', ''],
    [
      'answers from before a change are believed',
      'if (engine.shared?.recent.isOlder(key, entry.seq) !== false) return false',
      '',
    ],
    ['every unreadable value is told', 'if (nowMs < engine.tellUnreadableAtMs) return', ''],
  ]),
]

function of(file: string, faults: readonly (readonly [string, string, string])[]): Mutant[] {
  return faults.map(([name, from, to]) => ({ name, file, from, to }))
}
