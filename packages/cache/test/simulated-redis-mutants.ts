import { SCRIPT_TWINS, type ScriptServer, type ScriptTwin } from '../src/lib/testing/redis-scripts.ts'

/** A fault of a simulated script: it is told, or its server does, something else. */
export interface TwinMutant {
  readonly name: string
  /** Which script. */
  readonly script: keyof typeof SCRIPT_TWINS
  readonly keys?: (keys: readonly string[]) => readonly string[]
  readonly argv?: (argv: readonly string[]) => readonly string[]
  readonly redis?: (redis: ScriptServer) => Partial<ScriptServer>
}

/** All scripts, one of them with the fault. */
export function toTwins({ script, keys = same, argv = same, redis }: TwinMutant): Readonly<Record<string, ScriptTwin>> {
  const twin = SCRIPT_TWINS[script] as ScriptTwin
  const broken: ScriptTwin = (server, given, args) => twin({ ...server, ...redis?.(server) }, keys(given), argv(args))
  return { ...SCRIPT_TWINS, [script]: broken }
}

function same(words: readonly string[]): readonly string[] {
  return words
}

/** Leaves out some commands: those that have all of these words. */
function without(...words: readonly string[]): (redis: ScriptServer) => Partial<ScriptServer> {
  return ({ call }) => ({
    call: (...command) => (words.every((word) => command.includes(word)) ? 1 : call(...command)),
  })
}

/** Trims exactly, not by whole blocks. */
function exactly({ call }: ScriptServer): Partial<ScriptServer> {
  return {
    call: (name, ...args) => call(name, ...args.map((arg) => (name.startsWith('X') && arg === '~' ? '=' : arg))),
  }
}

/** Faults that a comparison with a real server has to find. */
export const TWIN_MUTANTS: readonly TwinMutant[] = [
  { name: 'attach begins nothing', script: 'attach', redis: without('XADD') },
  { name: 'read takes no lease', script: 'read', argv: ([, ms = '']) => ['', ms] },
  { name: 'lease lets the value go before it', script: 'lease', redis: without('PEXPIRE') },
  { name: 'lease looks beside the value only', script: 'lease', redis: () => ({ pcall: () => null }) },
  { name: 'lease takes the place of the value', script: 'lease', redis: without('EXISTS') },
  { name: 'renew prolongs nothing', script: 'renew', redis: without('PEXPIRE') },
  { name: 'renew looks at the entry only', script: 'renew', keys: (keys) => keys.slice(0, 1) },
  { name: 'release lets the value go before the failure', script: 'release', redis: without('PEXPIRE') },
  { name: 'release tells no failure', script: 'release', argv: (argv) => argv.with(2, '0') },
  {
    name: 'fill does not compare the lease',
    script: 'fill',
    redis: ({ pcall }) => ({ pcall: (...words) => (words[0] === 'GETRANGE' ? 'L:t1' : pcall(...words)) }),
  },
  {
    name: 'fill compares the beginning of the lease only',
    script: 'fill',
    redis: ({ pcall }) => ({
      pcall: (name, key = '', from = '', to = '') =>
        pcall(name, key, from, name === 'GETRANGE' ? String(Number(to) - 1) : to),
    }),
  },
  {
    name: 'fill does not look for its position',
    script: 'fill',
    redis: ({ pcall }) => ({ pcall: (...words) => (words[0] === 'XRANGE' ? [['', []]] : pcall(...words)) }),
  },
  { name: 'fill leaves the lease', script: 'fill', redis: without('UNLINK') },
  { name: 'set leaves what it should delete', script: 'set', redis: without('UNLINK') },
  { name: 'set does not know that it was done', script: 'set', argv: (argv) => argv.with(4, `${argv[4]}'`) },
  {
    name: 'set believes what it does not look at, if it knows nothing',
    script: 'set',
    redis: ({ call }) => ({
      call(...words) {
        const reply = call(...words)
        return words[0] === 'XREVRANGE' && Array.isArray(reply) ? [['1-1', []], ...reply] : reply
      },
    }),
  },
  { name: 'set is always the last try', script: 'set', argv: (argv) => argv.with(9, '1') },
  { name: 'set does not look for its tags', script: 'set', argv: (argv) => argv.with(6, '[]') },
  { name: 'set does not number its value', script: 'set', redis: without('HSET', 'seq') },
  { name: 'delete leaves leases', script: 'delete', keys: (keys) => keys.filter((key) => !key.includes('}l:')) },
  { name: 'delete trims by entries', script: 'delete', redis: exactly },
  { name: 'invalidate does not raise the floor', script: 'invalidate', redis: without('HSET', 'floor') },
  { name: 'invalidate forgets no tag', script: 'invalidate', redis: without('ZREMRANGEBYRANK') },
  {
    name: 'invalidate leaves leases',
    script: 'invalidate',
    keys: (keys) => keys.filter((key) => !key.includes('}l:')),
  },
  { name: 'invalidate does not tell of keys', script: 'invalidate', argv: (argv) => argv.with(5, '') },
  { name: 'clear is not kept', script: 'clear', redis: without('HSET', 'cleared') },
]
