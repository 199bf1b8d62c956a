import { nonEmptyString, positiveMilliseconds } from '@breakwater/core'
import { upToADay } from '../options.ts'

/** Options of `serveLiveness`. */
export interface LivenessOptions {
  /**
   * Where it listens; `0` for any free port.
   *
   * @defaultValue the environment variable `HEALTH_PORT`
   */
  readonly port?: number | undefined
  /**
   * Which address it listens on.
   *
   * @defaultValue all: a kubelet asks from outside of the container
   */
  readonly host?: string | undefined
  /**
   * Milliseconds for which the main loop may leave a ping unanswered.
   *
   * @defaultValue `10_000`, the period of a Kubernetes probe: one that is late for longer has missed a whole one
   */
  readonly stallMs?: number | undefined
}

/** The options as they hold. */
export interface ResolvedLivenessOptions {
  readonly port: number
  readonly host: string | undefined
  readonly stallMs: number
}

/**
 * Checks and completes the options.
 *
 * @param options What was given.
 * @param env Where `HEALTH_PORT` is looked up.
 * @throws {TypeError | RangeError} If one of them is wrong, naming it.
 */
export function resolveLivenessOptions(
  { port, host, stallMs = 10_000 }: LivenessOptions,
  env: NodeJS.ProcessEnv,
): ResolvedLivenessOptions {
  return {
    port: port === undefined ? portOf(env.HEALTH_PORT) : checkPort('port', port, port),
    host: host === undefined ? undefined : nonEmptyString('host', host),
    stallMs: upToADay('stallMs', positiveMilliseconds('stallMs', stallMs)),
  }
}

function portOf(text: string | undefined): number {
  if (text === undefined || text === '')
    throw new TypeError('Expected `port` or the environment variable HEALTH_PORT to be set')
  return checkPort('HEALTH_PORT', /^\d+$/.test(text) ? Number(text) : Number.NaN, text)
}

function checkPort(name: string, port: number, given: unknown): number {
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port
  throw new RangeError(`Expected \`${name}\` to be a port from 0 to 65535, got ${JSON.stringify(given)}`)
}
