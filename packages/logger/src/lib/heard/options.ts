import { nonEmptyString, oneOf } from '@breakwater/core'
import type { HeardLevel } from './levels.ts'

/** Which events of other packages become lines. */
export interface HearOptions {
  /**
   * Channels of `node:diagnostics_channel` on which they tell.
   *
   * @defaultValue those of every package of this family
   */
  readonly channels?: readonly string[] | undefined
  /**
   * Levels by the event's type, such as `{ 'circuit:opened': 'error' }`; `false` writes none of that type.
   *
   * @defaultValue `error` for what failed, `warn` or `error` for what got worse, else `info` or `debug`
   */
  readonly levels?: Readonly<Record<string, HeardLevel>> | undefined
}

/** {@link HearOptions} with every default in place. */
export interface ResolvedHearOptions {
  readonly channels: readonly string[]
  readonly levels: ReadonlyMap<string, HeardLevel>
}

const ROOMS = [
  'alerting',
  'cache',
  'core',
  'health',
  'logger',
  'metrics',
  'monitor',
  'resilience',
  'shutdown',
  'tracing',
]
const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const

/** @throws {TypeError} If a channel or level is none. */
export function resolveHearOptions({
  channels = ROOMS.map((room) => `breakwater:${room}`),
  levels = {},
}: HearOptions = {}): ResolvedHearOptions {
  for (const [index, name] of channels.entries()) nonEmptyString(`hear.channels[${index}]`, name)
  for (const [type, level] of Object.entries(levels))
    if (level !== false) oneOf(`hear.levels["${type}"]`, level, LEVELS)
  return { channels: [...channels], levels: new Map(Object.entries(levels)) }
}
