import { SCRIPTS } from '../redis/scripts.ts'
import { checkArity, toInteger } from './redis-commands.ts'
import type { RedisDatabase } from './redis-database.ts'
import { createScriptServer, type ScriptServer, type ScriptTwin } from './redis-scripts.ts'
import { type RedisReply, RedisReplyError } from './redis-values.ts'

const SHA1_TO_NAME: ReadonlyMap<string, string> = new Map(Object.values(SCRIPTS).map(({ sha1, name }) => [sha1, name]))
const LUA_TO_SHA1: ReadonlyMap<string, string> = new Map(Object.values(SCRIPTS).map(({ sha1, lua }) => [lua, sha1]))

/** Does `EVAL`, `EVALSHA` and `SCRIPT` for the scripts of the Redis tier. */
export class ScriptHost {
  readonly #twins: Readonly<Record<string, ScriptTwin>>
  readonly #server: ScriptServer
  readonly #checkKeys: (keys: readonly string[]) => void
  readonly #known = new Set<string>()

  /**
   * @param database Where scripts run.
   * @param twins What they do, by name.
   * @param checkKeys Refuses keys that may not be used together.
   */
  constructor(
    database: RedisDatabase,
    twins: Readonly<Record<string, ScriptTwin>>,
    checkKeys: (keys: readonly string[]) => void,
  ) {
    this.#twins = twins
    this.#server = createScriptServer(database)
    this.#checkKeys = checkKeys
  }

  /** Runs a script. */
  evaluate(kind: 'evalsha' | 'eval', args: readonly string[]): RedisReply {
    checkArity(kind, args.length, [2])
    const [script = '', count] = args
    const sha1 = kind === 'eval' ? LUA_TO_SHA1.get(script) : script
    if (kind === 'evalsha' && !this.#known.has(script)) {
      throw new RedisReplyError('NOSCRIPT No matching script. Please use EVAL.')
    }
    const name = SHA1_TO_NAME.get(sha1 ?? '')
    const twin = this.#twins[name ?? '']
    if (sha1 === undefined || twin === undefined) throw new RangeError(`Cannot simulate the script "${name ?? script}"`)
    this.#known.add(sha1)

    const keyCount = toInteger(count)
    if (keyCount > args.length - 2) throw new RedisReplyError("ERR Number of keys can't be greater than number of args")
    const keys = args.slice(2, 2 + keyCount)
    this.#checkKeys(keys)
    try {
      return twin(this.#server, keys, args.slice(2 + keyCount))
    } catch (error) {
      if (!(error instanceof RedisReplyError)) throw error
      throw new RedisReplyError(`${error.message} script: ${sha1}, on @user_script:1.`)
    }
  }

  /** Does `SCRIPT`. */
  manage([what = '', text = '']: readonly string[]): RedisReply {
    if (what.toLowerCase() === 'flush') {
      this.forget()
      return 'OK'
    }
    const sha1 = what.toLowerCase() === 'load' ? LUA_TO_SHA1.get(text) : undefined
    if (sha1 === undefined) throw new RangeError(`Cannot simulate SCRIPT ${what} with this script`)
    this.#known.add(sha1)
    return sha1
  }

  /** Forgets what it has seen. */
  forget(): void {
    this.#known.clear()
  }
}
