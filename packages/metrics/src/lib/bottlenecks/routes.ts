import type { HttpExchange } from '@breakwater/core'
import { METHOD_NAMES, methodIndex } from '../http/methods.ts'
import { UNMATCHED } from '../http/names.ts'
import { NO_ROW } from '../http/request-table.ts'
import type { Timing, Track } from './track.ts'

/**
 * Creates what counts exchanges by method and route.
 *
 * @param trackOf Finds the track of a name. What it returns is kept, if it is of that name.
 */
export function createRouteRecorder(
  trackOf: (name: string, nowMs: number) => Track,
): (exchange: HttpExchange, timing: Timing, row: number) => void {
  // By the row that was found already to count the request: no name is made or looked up for one.
  const tracks: (Track | undefined)[] = []

  function find({ method, route }: HttpExchange, nowMs: number, row: number): Track {
    const name = `${METHOD_NAMES[methodIndex(method)]} ${route ?? UNMATCHED}`
    const track = trackOf(name, nowMs)
    // Not if it is that of all others: there is a place for it later on, perhaps.
    if (row === NO_ROW || track.name !== name) return track
    while (tracks.length <= row) tracks.push(undefined)
    tracks[row] = track
    track.isHeld = true
    return track
  }

  return (exchange, timing, row) => {
    const { outcome } = exchange
    const track = (row === NO_ROW ? undefined : tracks[row]) ?? find(exchange, timing.endedAtMs, row)
    track.recordTiming(timing, outcome !== 'aborted' && (outcome === 'failed' || exchange.status >= 500))
  }
}
