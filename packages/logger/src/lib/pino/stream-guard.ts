import { isMainThread } from 'node:worker_threads'
import { ExitGuard } from '../destination/exit-guard.ts'
import type { PinoStream } from './port.ts'

/**
 * Lets a stream that is not ours write what waits in it when the process ends, also of a signal: streams of pino that
 * buffer, and transports, lose it then.
 *
 * @returns Stops.
 */
export function guardStream(stream: PinoStream): () => void {
  if (typeof stream.flushSync !== 'function') return () => {}
  const flush = (): void => flushStream(stream)
  const guard = new ExitGuard({ onExit: flush, onSignal: flush, onSignalPassed: () => {} }, process, isMainThread)
  guard.arm()
  return () => guard.disarm()
}

/** Writes what waits, if there is anybody to write it. */
export function flushStream(stream: PinoStream): void {
  try {
    stream.flushSync?.()
  } catch {
    // One that is not open yet, or not any more, says so by throwing.
  }
}
