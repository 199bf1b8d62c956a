import type { Socket } from 'node:net'

/** Bytes that are held back in one direction before the sender has to wait. Each end has its own buffers, too. */
const MAX_BYTES = 1_048_576

/** What lies between two ends now. */
export interface Weather {
  /** Whether nothing passes. */
  isFrozen(): boolean
  /** Milliseconds that everything takes. */
  delayMs(): number
}

/** One direction of a connection. */
export interface Flow {
  /** Hands on what may be, after the weather changed. */
  pass(): void
  /** Forgets what was not handed on. */
  drop(): void
}

/** Bytes, the end of them, or a break: all of them travel. */
interface Parcel {
  readonly what: Buffer | 'end' | 'reset'
  readonly dueAtMs: number
}

/**
 * Hands on what one end sends to the other, in order, late or not at all.
 *
 * @param from The sender.
 * @param to The receiver.
 * @param weather What lies between.
 */
export function createFlow(from: Socket, to: Socket, weather: Weather): Flow {
  const parcels: Parcel[] = []
  let bytes = 0
  let isFull = false
  let timer: NodeJS.Timeout | undefined
  from.on('data', (data: Buffer) => add(data))
  from.on('end', () => add('end'))
  from.on('error', () => add('reset'))
  to.on('drain', () => {
    isFull = false
    pass()
  })
  return { pass, drop }

  function add(what: Parcel['what']): void {
    parcels.push({ what, dueAtMs: performance.now() + weather.delayMs() })
    bytes += sizeOf(what)
    pass()
  }

  function pass(): void {
    clearTimeout(timer)
    for (let [next] = parcels; next && !isFull && !weather.isFrozen(); [next] = parcels) {
      const waitMs = next.dueAtMs - performance.now()
      if (waitMs > 0) {
        timer = setTimeout(pass, Math.ceil(waitMs)).unref()
        break
      }
      parcels.shift()
      bytes -= sizeOf(next.what)
      deliver(next.what)
    }
    if (weather.isFrozen() || isFull || bytes >= MAX_BYTES) from.pause()
    else from.resume()
  }

  function deliver(what: Parcel['what']): void {
    if (to.destroyed) return
    if (what === 'reset') to.resetAndDestroy()
    else if (what === 'end') to.end()
    else isFull = !to.write(what)
  }

  function drop(): void {
    clearTimeout(timer)
    parcels.length = 0
    bytes = 0
  }
}

function sizeOf(what: Parcel['what']): number {
  return typeof what === 'string' ? 0 : what.length
}
