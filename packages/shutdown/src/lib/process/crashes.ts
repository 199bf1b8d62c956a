import { writeSync } from 'node:fs'
import { inspect } from 'node:util'

/**
 * Hears of errors that nobody caught, rejected promises included (Node makes them such errors unless it is told else), and says
 * them on stderr as Node would.
 *
 * @param onCrash Hears each.
 * @returns A function that stops it.
 */
export function hearCrashes(onCrash: (error: unknown) => void): () => void {
  const hear = (error: unknown): void => {
    say(`Uncaught ${inspect(error)}`)
    onCrash(error)
  }
  process.on('uncaughtException', hear)
  return () => void process.off('uncaughtException', hear)
}

/** At once, whatever becomes of the process: stderr may be a pipe that nobody reads any more. */
function say(text: string): void {
  try {
    writeSync(2, `${text}\n`)
  } catch {
    // There is nobody to tell.
  }
}
