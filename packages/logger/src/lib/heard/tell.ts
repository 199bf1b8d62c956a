import { LOGGER_CHANNEL } from '../events.ts'
import type { Shape } from '../line/shape.ts'
import { shapeFields } from '../line/shape.ts'
import { type AnyEvent, hear } from './hear.ts'
import { type HeardLevel, levelOf } from './levels.ts'
import type { ResolvedHearOptions } from './options.ts'

type Write = (level: Exclude<HeardLevel, false>, fields: object, message: string) => void

/**
 * Writes a line for each event of other packages.
 *
 * @returns Stops.
 */
export function tellHeard({ channels, levels }: ResolvedHearOptions, shape: Shape, write: Write): () => void {
  function tell(channel: string, source: string, { type, ...details }: AnyEvent): void {
    const level = levels.get(type) ?? levelOf({ type, ...details })
    if (level === false) return
    const { error, ...rest } = details as { readonly error?: unknown }
    const about: Record<string, unknown> = { ...shapeFields(shape, { event: type, channel }) }
    if (shape.details === '') Object.assign(about, { source }, renamed(rest, about))
    else about[shape.details] = { source, ...renamed(rest, {}) }
    if (error !== undefined) about[shape.error] = error
    write(level, about, `${source}: ${type.replaceAll(/[:-]/g, ' ')}`)
  }

  return hear(channels, (channel, source, event) => {
    // A destination tells while it writes: its next line has to wait until it has done so.
    if (channel === LOGGER_CHANNEL) queueMicrotask(() => tell(channel, source, event))
    else tell(channel, source, event)
  })
}

/** An event may have fields of the names that are ours. */
function renamed(details: object, taken: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(details).map(([name, value]) => [name === 'source' || name in taken ? `${name}_` : name, value]),
  )
}
