import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'

/** What a crash file says. */
export interface Crashes {
  /** Crashes in a row, without a clean end between them. */
  readonly crashes: number
  /** When the last one was, in Unix milliseconds. */
  readonly lastAt: number
  /** What it said, on one line. */
  readonly lastError: string
}

const LONGEST_TEXT = 500

/** What the file says. One that is not there, or not ours, says nothing. */
export function readCrashes(file: string): Crashes | undefined {
  try {
    const { crashes, lastAt, lastError } = JSON.parse(readFileSync(file, 'utf8'))
    if (!Number.isSafeInteger(crashes) || crashes < 0) return undefined
    return { crashes, lastAt: Number(lastAt), lastError: String(lastError) }
  } catch {
    return undefined
  }
}

/** Counts one more. Synchronous, as the process may not live on; by renaming, so that nobody reads half of it. */
export function countCrash(file: string, error: unknown, nowMs: number): void {
  const crashes = (readCrashes(file)?.crashes ?? 0) + 1
  const lastError = String(error instanceof Error ? `${error.name}: ${error.message}` : error)
  const content: Crashes = { crashes, lastAt: nowMs, lastError: lastError.replace(/\s+/g, ' ').slice(0, LONGEST_TEXT) }
  const draft = `${file}.${process.pid}`
  writeFileSync(draft, `${JSON.stringify(content)}\n`)
  renameSync(draft, file)
}

/** It ended cleanly: there are no crashes in a row any more. */
export function forgetCrashes(file: string): void {
  rmSync(file, { force: true })
}
