import { type RedisScript, SCRIPTS } from '../src/lib/redis/scripts.ts'
import { Agenda } from '../src/lib/testing/agenda.ts'
import type { Dice } from '../src/lib/testing/dice.ts'
import type { ScriptTwin } from '../src/lib/testing/redis-scripts.ts'
import { formatId, type RedisReply, RedisReplyError } from '../src/lib/testing/redis-values.ts'
import { SimulatedRedis } from '../src/lib/testing/simulated-redis.ts'

// Random commands and scripts that are given to a real server and to the simulated one. Text is bytes, one character each.

/** What is done to both. */
export type Step =
  | { readonly do: 'command'; readonly args: readonly string[] }
  | {
      readonly do: 'script'
      readonly name: keyof typeof SCRIPTS
      readonly keys: readonly string[]
      readonly argv: readonly string[]
    }
  /** Stores something for 5 ms, and waits until it is gone. */
  | { readonly do: 'expire'; readonly key: string; readonly bytes: string }

/** Long enough for what expires after 5 ms. */
export const EXPIRE_WAIT_MS = 10

/** What a server answered, in a form that can be compared. */
export type Answer = string

/** A simulated server that steps can be done to. */
export interface Subject {
  readonly server: SimulatedRedis
  take(step: Step): Answer
}

/** Creates a simulated server without a network. */
export function createSubject(blockEntries: number, twins?: Readonly<Record<string, ScriptTwin>>): Subject {
  const agenda = new Agenda()
  const server = new SimulatedRedis(0, agenda, { blockEntries, ...(twins && { twins }) })
  for (const { lua } of Object.values(SCRIPTS)) server.call('script', 'load', lua)
  return {
    server,
    take(step) {
      try {
        const reply = server.call(...toCommand(step).map(toBuffer))
        if (step.do === 'expire') agenda.runNext(agenda.nowMs + EXPIRE_WAIT_MS)
        return toAnswer(reply)
      } catch (error) {
        if (!(error instanceof RedisReplyError)) throw error
        return toAnswer(error)
      }
    },
  }
}

/** A step as a command. */
export function toCommand(step: Step): readonly string[] {
  if (step.do === 'command') return step.args
  if (step.do === 'expire') return ['set', step.key, step.bytes, 'PX', '5']
  const { sha1 }: RedisScript = SCRIPTS[step.name]
  return ['evalsha', sha1, String(step.keys.length), ...step.keys, ...step.argv]
}

/** Bytes of text. */
export function toBuffer(bytes: string): Buffer {
  return Buffer.from(bytes, 'latin1')
}

/** An answer of either server. Where an error happened inside of a script is none of the simulation's business. */
export function toAnswer(reply: unknown): Answer {
  if (reply instanceof Error) {
    const message = reply.message
      .replace(/ script: .*$/s, '')
      .replace(/user_script:\d+: /, '')
      .replace(/(Expected value but found).*/, '$1')
    return `error ${message}`
  }
  return JSON.stringify(reply, (_, value) =>
    value?.type === 'Buffer' ? Buffer.from(value.data).toString('latin1') : value,
  )
}

const TAG = '{t}'
const STATE = `${TAG}state`
const LOG = `${TAG}log`
const TAGS = `${TAG}tags`
const ENTRIES = ['a', 'b', '\xc3\xa9/"\\'].map((key) => `${TAG}v:${key}`)
const LEASES = ENTRIES.map((key) => key.replace('v:', 'l:'))
const KEYS: readonly string[] = [STATE, LOG, TAGS, ...ENTRIES, ...LEASES]
const NAMES = ENTRIES.map((key) => key.slice(key.indexOf(':') + 1))
const TAG_NAMES = ['x', 'y', 'z', 'tag/"\\\n', '\xe2\x82\xac', '7', 'null']
const TOKENS = ['t1', 't1x', 'a-longer-token']
/** Long enough not to expire meanwhile. */
const LONG_MS = ['60000', '600000', '3600000']

/**
 * Makes steps up, in view of what they did to the simulated server.
 *
 * @param dice What decides.
 * @param subject Where they are tried.
 * @param count How many.
 */
export function drawSteps(dice: Dice, { server, take }: Subject, count: number): readonly Step[] {
  const steps: Step[] = []
  // A sequence with garbage in every second step would never come far.
  const garbage = dice.pick([0, 0.05, 0.3])
  while (steps.length < count) {
    const step = dice.chance(garbage) ? drawCommand(dice) : drawScript(dice, logIds(server), garbage > 0)
    steps.push(step)
    take(step)
  }
  return steps
}

const LOOKS: Readonly<Record<string, (key: string) => readonly string[]>> = {
  string: (key) => ['get', key],
  hash: (key) => ['hmget', key, 'inc', 'seq', 'cleared', 'floor', 'other'],
  zset: (key) => ['zrange', key, '0', '-1', 'WITHSCORES'],
  stream: (key) => ['xrange', key, '-', '+'],
}

/** What shows everything that is there, if it is of the kinds that it is in the simulated server. */
export function drawLooks({ server }: Subject): readonly Step[] {
  return KEYS.flatMap((key): Step[] => {
    const kind = server.database.find(key)?.value.kind
    const content = kind === undefined ? [] : [LOOKS[kind]?.(key) ?? [], ['pttl', key]]
    return [['type', key], ...content].map((args) => ({ do: 'command', args }))
  })
}

function logIds(server: SimulatedRedis): readonly string[] {
  const value = server.database.find(LOG)?.value
  return value?.kind === 'stream' ? value.blocks.flatMap(({ entries }) => entries.map(formatId)) : []
}

function drawScript(dice: Dice, ids: readonly string[], isOdd: boolean): Step {
  const at = dice.between(0, 2)
  const [entry, lease, key] = [ENTRIES[at], LEASES[at], NAMES[at]] as [string, string, string]
  const token = dice.pick(TOKENS)
  const ms = dice.pick(LONG_MS)
  const maxLog = dice.pick(['2', '5', '5', '30', '100'])
  const begin = [`inc${dice.between(0, 9)}`, String(dice.between(0, 2 ** 40)), maxLog]
  const since =
    dice.chance(0.9) && ids.length > 0
      ? dice.pick(dice.chance(0.6) ? ids.slice(-3) : ids)
      : dice.pick(isOdd ? ['7-7', '3', '(3-1', '-', 'no'] : ['7-7'])
  const tags = dice.chance(0.03) && isOdd ? dice.pick(['["\\ud800"]', 'no', '{}']) : drawList(dice, TAG_NAMES)
  const shard = [STATE, LOG, TAGS]
  const name = dice.pick([
    ...(['attach', 'read', 'read', 'lease', 'renew', 'release', 'fill', 'fill'] as const),
    ...(['set', 'set', 'set', 'delete', 'invalidate', 'clear'] as const),
  ])
  const script = (keys: readonly string[], argv: readonly string[]): Step => ({ do: 'script', name, keys, argv })
  switch (name) {
    case 'attach':
      return script(shard, begin.slice(0, 2))
    case 'read':
      return script(dice.chance(0.5) ? [entry] : ENTRIES, [dice.chance(0.2) ? '' : token, ms])
    case 'lease':
      return script([entry, lease], [token, ms])
    case 'renew':
      return script([entry, lease], [token, ms])
    case 'release':
      return script([entry, lease], [token, dice.pick(['', 'why', '\x00\xff']), dice.pick(['0', ...LONG_MS])])
    case 'fill':
      return script(
        [LOG, entry, lease],
        [token, since, ms, `B1 inc1 ${dice.between(1, 20)} []\n${dice.pick(['', 'body', '\x00\xfe\xff'])}`],
      )
    case 'set':
      return script(
        [...shard, entry, lease],
        [
          ...begin,
          dice.chance(0.2) ? '0-0' : since,
          `op${dice.between(0, 12)}`,
          key,
          tags,
          ms,
          '[1,2]\nbody\xff',
          dice.pick(['0', '1']),
        ],
      )
    case 'delete':
      return script([...shard, entry, lease, ...(dice.chance(0.2) ? ENTRIES : [])], [...begin, drawList(dice, NAMES)])
    case 'invalidate': {
      const head = [...begin, dice.pick(['1', '2', '3', '100']), tags]
      if (dice.chance(0.5)) return script(shard, [...head, ''])
      return script([...shard, entry, lease], [...head, drawList(dice, NAMES)])
    }
    case 'clear':
      return script(shard, begin)
  }
}

function drawList(dice: Dice, names: readonly string[]): string {
  const chosen = names.filter(() => dice.chance(0.3))
  const text = JSON.stringify(chosen.map((bytes) => toBuffer(bytes).toString('utf8')))
  return Buffer.from(text, 'utf8').toString('latin1')
}

function drawCommand(dice: Dice): Step {
  const key = dice.pick(KEYS)
  const index = (): string => String(dice.between(-6, 6))
  const id = (): string =>
    dice.pick(['-', '+', '1', '2', '3-5', '(2', `(${dice.between(0, 9)}-${dice.between(0, 3)}`, '9-9', 'no'])
  const bytes = dice.pick([
    '',
    'L:t1',
    'L:t2',
    'F:why',
    'B1 inc1 3 []\nbody',
    '\x00\xff',
    'something longer than a lease',
  ])
  const args: readonly string[] = dice.pick<() => readonly string[]>([
    () => ['set', key, bytes],
    () => [
      'set',
      key,
      bytes,
      ...dice.pick([['NX'], ['XX'], ['nx', 'get', 'px', '60000'], ['GET'], ['PX', '60000', 'NX', 'GET']]),
    ],
    () => [
      'set',
      key,
      bytes,
      ...dice.pick([['PX', '0'], ['PX', 'no'], ['NX', 'XX'], ['KEEPTTL'], ['PX'], ['EX', '900']]),
    ],
    () => ['get', key],
    () => ['mget', key, dice.pick(KEYS), dice.pick(KEYS)],
    () => ['getrange', key, index(), index()],
    () => ['strlen', key],
    () => ['del', key],
    () => ['del', key],
    () => ['unlink', key, dice.pick(KEYS)],
    () => ['exists', key, dice.pick(KEYS), key],
    () => ['pexpire', key, dice.pick(['60000', '0', '-5', 'no'])],
    () => ['persist', key],
    () => ['hset', key, dice.pick(['inc', 'seq', 'cleared', 'other']), dice.pick(['0', '5', '12', 'no', 'inc2'])],
    () => ['hget', key, 'inc'],
    () => ['hdel', key, dice.pick(['inc', 'seq', 'floor', 'cleared'])],
    () => ['zadd', key, dice.pick(['0', '3', '2.5', 'no']), dice.pick(TAG_NAMES)],
    () => ['zscore', key, dice.pick(['', ...TAG_NAMES])],
    () => ['zcard', key],
    () => ['zrem', key, dice.pick(['', ...TAG_NAMES]), 'x'],
    () => ['zrange', key, index(), index(), ...(dice.chance(0.5) ? ['WITHSCORES'] : [])],
    () => ['zremrangebyrank', key, index(), index()],
    () => [
      'xadd',
      key,
      `${dice.between(0, 30)}-${dice.between(0, 3)}`,
      dice.pick(['s', 'd', 't', 'b', 'odd']),
      dice.pick(['a', 'no', '["a"]', '["x","y"]']),
    ],
    () => [
      'xadd',
      key,
      'MAXLEN',
      dice.pick(['~', '=']),
      dice.pick(['1', '4', '10']),
      `${dice.between(0, 40)}-1`,
      'c',
      '',
    ],
    () => ['xtrim', key, 'MAXLEN', ...dice.pick([['~'], ['='], []]), dice.pick(['0', '1', '3', '10', '-1', 'no'])],
    () => ['xdel', key, `${dice.between(1, 9)}-1`, '1-1'],
    () => ['xlen', key],
    () => [
      'xrange',
      key,
      id(),
      id(),
      ...dice.pick([[], ['COUNT', '2'], ['COUNT', '0'], ['COUNT', '-3'], ['COUNT', 'no'], ['NO', '1']]),
    ],
    () => ['xrevrange', key, id(), id(), 'COUNT', dice.pick(['1', '3'])],
    () => ['xread', ...dice.pick([[], ['COUNT', '2']]), 'STREAMS', key, dice.pick(['0', '3-1', '5', '$', 'no'])],
    () => ['xread', 'STREAMS', LOG, key, '2'],
    () => ['xread', 'STREAMS', LOG, LOG, '0-0', '4'],
    () => ['nonsense', key],
    () => [dice.pick(['get', 'set', 'xadd', 'zadd', 'xrange', 'pexpire', 'xread']), key],
  ])()
  if (dice.chance(0.02)) return { do: 'expire', key, bytes }
  if (dice.chance(0.01)) return { do: 'command', args: ['flushall'] }
  return { do: 'command', args }
}

/** What both servers answer, if anything was different. */
export interface Difference {
  readonly index: number
  readonly step: Step
  readonly real: Answer
  readonly simulated: Answer
}

/** Whether two answers are the same; times left may differ by what passed. */
export function isSame(step: Step, real: Answer, simulated: Answer, passedMs: number): boolean {
  if (withoutTime(real) === withoutTime(simulated)) return true
  if (step.do !== 'command' || step.args[0] !== 'pttl') return false
  const [realMs, simulatedMs] = [JSON.parse(real) as RedisReply, JSON.parse(simulated) as RedisReply] as [
    number,
    number,
  ]
  return realMs >= 0 && simulatedMs >= 0 && Math.abs(realMs - simulatedMs) <= passedMs + 20
}

/** Entries of the log end with the time in microseconds, which is another one here and there. */
function withoutTime(answer: Answer): Answer {
  return answer.replace(/\b17\d{14}\b/g, 'time')
}
