import { SCRIPT_TWINS, type ScriptTwin } from '../src/lib/testing/redis-scripts.ts'
import type { WorldAction } from '../src/lib/testing/world-actions.ts'
import type { CachePlan } from './explore/plan.ts'
import type { SceneName } from './explore/scenes.ts'

/** A part of a source that is replaced: what is there, exactly once, and what comes in its place. */
export type Edit = readonly [file: string, from: string, to: string]

/** A fault to put into the cache, its shared tier, or what its scripts do on the server. */
export interface Mutant {
  readonly name: string
  /** In `src/lib`. */
  readonly edits: readonly Edit[]
  /** What scripts do. */
  readonly twins?: Readonly<Record<string, ScriptTwin>> | undefined
  /** Where it shows more often than anywhere. */
  readonly focus?: Focus | undefined
}

/** What is tried of all that could be. */
export interface Focus {
  readonly plan?: Partial<CachePlan> | undefined
  /** What goes wrong. */
  readonly troubles: readonly WorldAction['do'][]
  /** How many steps a schedule has. */
  readonly steps?: number | undefined
  /** Steps that belong together, in the middle of them. */
  readonly scene?: SceneName | undefined
  /** Whether nothing is written. */
  readonly isReading?: boolean | undefined
}

/** Processes that are cut off for a while. */
const CUTS: Focus = {
  troubles: ['hold', 'pause'],
  plan: { isCalm: false, ttlMs: 600_000, maxStalenessMs: 300, eagerRefreshRatio: 0 },
}
/** Loaders that fail or hang, and nothing else. */
const LOADS: Focus = { troubles: [], isReading: true, plan: { isCalm: true } }
/** Servers that do not answer, while loaders fail. */
const OUTAGES: Focus = { troubles: ['pause'], isReading: true, plan: { isCalm: false, retryDelayMs: 100 } }
/** Servers that lose what they have. */
const LOSSES: Focus = {
  troubles: ['flush', 'evict', 'trim', 'drop', 'hold'],
  plan: { isCalm: false, ttlMs: 600_000 },
}

/** Faults of the protocol. Each one must be found. */
export const mutants: readonly Mutant[] = [
  of('a change of a key does not fence its load', [
    'load/flight.ts',
    'if (seq > this.since.seq && seq > this.fencedSeq) this.fencedSeq = seq',
    '',
  ]),
  of('who comes after a change joins the load from before', [
    'engine.ts',
    'if (flight.fencedSeq > 0) this.#retire(flight)',
    '',
  ]),
  of('an invalidated tag does not fence loads', [
    'load/loads.ts',
    ' || !timeline.isCurrent(since.seq, flight.tick, tags)',
    '',
  ]),
  of('who comes after a tag was invalidated joins the load from before', [
    'load/loads.ts',
    'if (isNew && flight.tick === engine.tick && ',
    'if (isNew && ',
  ]),
  of('changes that are heard of do not reach the first layer', [
    'engine.ts',
    'if (entry !== undefined && entry.seq < seq) this.memory.delete(key)',
    'if (entry !== undefined && seq === Number.POSITIVE_INFINITY) this.memory.delete(key)',
  ]),
  {
    name: 'an answer of the tier counts although a later change was heard of',
    edits: [['shared/received.ts', 'if (engine.shared?.recent.isOlder(key, entry.seq) !== false) return false', '']],
    focus: toScene('laggard'),
  },
  of(
    'what this process changed is served until it is applied',
    ['engine.ts', '!this.pendingKeys.has(key) && ', ''],
    ['shared/received.ts', ' || engine.pendingKeys.has(key)', ''],
  ),
  of('tags are compared with the change before', ['timeline.ts', 'mark.seq <= seq)', 'mark.seq <= seq + 1)']),
  of('an own invalidation does not count until it is applied', ['timeline.ts', 'mark.pending === 0 && ', '']),
  inLosses(
    'a gap in the log is not noticed',
    [
      'redis/log-cursor.ts',
      'if (mutation?.position.seq !== told.seq + 1) return false',
      'if (mutation === undefined) return false',
    ],
    [
      'redis/log-cursor.ts',
      'if (entries[0]?.[0] !== verified.id) return undefined',
      'if (entries.length === 0) return []',
    ],
  ),
  {
    name: 'who connects again begins at the end of the log',
    edits: [
      ['redis/follower.ts', 'cursor ??= await attach(line)', 'cursor = await attach(line)'],
      [
        'redis/follower.ts',
        '    listener.onHistory(shard, history)',
        '    if (history.isNew) listener.onHistory(shard, history)',
      ],
    ],
    focus: toScene('absentee'),
  },
  of('a lost history does not empty the first layer', [
    'engine.ts',
    'timeline.begin(history)\n    this.onChangeOfAll()',
    'timeline.begin(history)',
  ]),
  inLosses('values of an earlier incarnation are used', [
    'redis/tier-read.ts',
    'openEnvelope(data, incarnation, latest)',
    "openEnvelope(data, data.toString('latin1', 3, data.indexOf(32, 3)), latest)",
  ]),
  {
    name: 'what is cut off serves everything for ever',
    edits: [
      ['engine.ts', 'return isKnown && nowMs - confirmedAtMs <= this.options.maxStalenessMs', 'return isKnown'],
      ['engine.ts', 'confirmedAtMs + this.options.maxStalenessMs)', 'Number.POSITIVE_INFINITY)'],
    ],
    focus: toScene('absentee', { maxStalenessMs: 300, eagerRefreshRatio: 0 }),
  },
  of('a change that fails again is forgotten', ['shared/outbox.ts', '      queue.putBack(batch)\n', '']),
  inCuts('a change is applied that is only queued', [
    'writes.ts',
    'if (keys.length > 0) outbox.queueKeys(shard, keys)',
    '',
  ]),
  inCuts('tags that void values with their keys are not queued', [
    'writes.ts',
    'if (tags.length > 0) outbox.queueTags(shard, tags)',
    '',
  ]),
  {
    name: 'keys that are voided with tags are not',
    edits: [['redis/tier-commands.ts', 'places(shard, keys), [maxTags', '[], [maxTags']],
  },
  {
    name: 'keys that are voided with tags are not told',
    edits: [['redis/tier-commands.ts', "keys.length > 0 ? JSON.stringify(keys) : ''", "''"]],
  },
  {
    name: 'own changes are not repeated after a failover',
    edits: [['engine.ts', '(this.shared as Shared).outbox.repeat(shard, toldMs)', '1']],
    focus: toScene('forgetting'),
  },
  {
    name: 'what was answered is not looked for in the log',
    edits: [
      ['timeline.ts', 'return answer !== undefined && answer.id !== id', 'return false'],
      ['timeline.ts', 'return oldest !== undefined && oldest.atMs < atMs', 'return false'],
    ],
    focus: toScene('forgetting'),
  },
  {
    name: 'a set is kept here although a later change was heard of',
    edits: [['shared/pending-keys.ts', ' && pending.heardSeq <= seq', '']],
    focus: {
      ...toScene('laggard', { shards: 1, eagerRefreshRatio: 0, maxTags: 10_000, tierTimeoutMs: 1_000 }),
      steps: 1,
    },
  },
  of('a set that meets another change goes around it', ['writes.ts', 'if (!isLast) since = ', 'since = ']),
  inLoads('the lease of a failed load is kept', [
    'load/shared-load.ts',
    'if (delayMs === 0) return this.release(flight)',
    'return',
  ]),
  inLoads('leases are not prolonged', [
    'load/shared-load.ts',
    'this.engine.inBackground(this.shared.link.call((tier) => tier.renew(flight.key, lease)))',
    '',
  ]),
  of('everybody gets the lease', ['redis/tier-read.ts', 'return isOwn ? LEASED : BUSY', 'return LEASED']),
  inOutages('a failed load is tried again at once', [
    'load/loads.ts',
    'const failure = this.failures.get(wish.key)\n    if (failure !== undefined) {',
    'const failure = this.failures.get(wish.key)\n    if (failure === null as never) {',
  ]),
  inCuts('the shared tier may take as long as it likes', ['shared/link.ts', '    this.#deadlines.add(underWay)\n', '']),
  of('a closed cache keeps its connections', ['engine.ts', '      await link.connection.close()\n', '']),
  inLoads('one who loads several keys waits for all of them with a lease', [
    'load/bulk-loads.ts',
    'setImmediate(flush)',
    'return',
  ]),
  {
    name: 'a fill does not compare the lease',
    edits: [],
    focus: toScene('sleeper'),
    twins: twin('fill', ({ pcall }, argv) => ({
      pcall: (...words) => (words[0] === 'GETRANGE' ? `L:${argv[0]}` : pcall(...words)),
    })),
  },
  {
    name: 'a fill does not look whether the log is the one that its load began with',
    edits: [],
    focus: toScene('renumbered'),
    twins: twin('fill', ({ pcall }) => ({
      pcall: (...words) => (words[0] === 'XRANGE' ? [['', []]] : pcall(...words)),
    })),
  },
  {
    name: 'a set by who has not met the log goes around everything',
    edits: [],
    focus: toScene('newcomer'),
    twins: twin('set', ({ call }) => ({
      call(...words) {
        const reply = call(...words)
        return words[0] === 'XREVRANGE' && Array.isArray(reply) ? [['1-1', ['b', '', 'a', '0']]] : reply
      },
    })),
  },
  {
    name: 'a set does not look what came before it',
    edits: [],
    twins: twin('set', ({ call }) => ({
      call(...words) {
        const reply = call(...words)
        return words[0] === 'XRANGE' && Array.isArray(reply) ? reply.slice(0, 1) : reply
      },
    })),
  },
  {
    name: 'a clear is not kept by the server',
    edits: [],
    twins: twin('clear', ({ call }) => ({ call: (...words) => (words.includes('cleared') ? 1 : call(...words)) })),
  },
  {
    name: 'a delete is not told',
    edits: [],
    twins: twin('delete', ({ call }) => ({
      call: (name, ...words) => call(name, ...words.map((word, index) => (words[index - 1] === 'd' ? '[]' : word))),
    })),
  },
]

/** A few steps around some that belong together. */
function toScene(scene: SceneName, plan: Partial<CachePlan> = {}): Focus {
  return { scene, troubles: ['set wall clock'], steps: 6, plan: { isCalm: false, ttlMs: 600_000, ...plan } }
}

function of(name: string, ...edits: readonly Edit[]): Mutant {
  return { name, edits }
}

function inCuts(name: string, ...edits: readonly Edit[]): Mutant {
  return { name, edits, focus: CUTS }
}

function inLoads(name: string, ...edits: readonly Edit[]): Mutant {
  return { name, edits, focus: LOADS }
}

function inOutages(name: string, ...edits: readonly Edit[]): Mutant {
  return { name, edits, focus: OUTAGES }
}

function inLosses(name: string, ...edits: readonly Edit[]): Mutant {
  return { name, edits, focus: LOSSES }
}

/** All scripts, one of which sees another server. */
function twin(
  name: keyof typeof SCRIPT_TWINS,
  change: (redis: Parameters<ScriptTwin>[0], argv: readonly string[]) => Partial<Parameters<ScriptTwin>[0]>,
): Readonly<Record<string, ScriptTwin>> {
  const right = SCRIPT_TWINS[name] as ScriptTwin
  return { ...SCRIPT_TWINS, [name]: (redis, keys, argv) => right({ ...redis, ...change(redis, argv) }, keys, argv) }
}
