import { constants } from 'node:os'
import type { Clock } from '@breakwater/core'

/** Npm and terminals tell a whole group of processes, and parents pass it on: the same signal again, so soon, is its echo. */
const ECHO_MS = 100

/** Hears signals. */
export interface SignalOptions {
  readonly signals: readonly NodeJS.Signals[]
  readonly clock: Clock
  /** The first one. */
  onFirst(signal: NodeJS.Signals): void
  /** Another one: whoever sent it does not want to wait. */
  onSecond(signal: NodeJS.Signals): void
}

/**
 * Listens for signals, from now on.
 *
 * @returns A function that stops it.
 */
export function hearSignals({ signals, clock, onFirst, onSecond }: SignalOptions): () => void {
  let first: { readonly signal: NodeJS.Signals; readonly atMs: number } | undefined
  const hear = (signal: NodeJS.Signals): void => {
    if (first === undefined) {
      first = { signal, atMs: clock.now() }
      onFirst(signal)
    } else if (signal !== first.signal || clock.now() - first.atMs > ECHO_MS) onSecond(signal)
  }
  const unique = new Set(signals)
  for (const signal of unique) process.on(signal, hear)
  return () => {
    for (const signal of unique) process.off(signal, hear)
  }
}

/** What a process ends with that a signal ended, as shells count. */
export function exitCodeOf(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal]
}
