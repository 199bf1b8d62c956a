import { randomUUID } from 'node:crypto'
import { rename, rm, writeFile } from 'node:fs/promises'
import { type Clock, nonEmptyString, positiveMilliseconds } from '@breakwater/core'
import { toJson } from '../endpoint/formats/breakwater.ts'
import type { HealthReport } from '../report.ts'

/** Options of `writeTo`. */
export interface WriteOptions {
  /**
   * Milliseconds between two runs of all checks, after each of which it is written, changed or not: whoever reads it knows by its
   * age that the process goes on.
   *
   * @defaultValue `10_000`, the period of a Kubernetes probe
   */
  readonly everyMs?: number | undefined
}

/** What a file is written with. */
export interface WriterHost {
  readonly clock: Clock
  /** Runs what is due. Never rejects. */
  check(): Promise<HealthReport>
  report(): HealthReport
  onFailure(error: unknown): void
}

/** Writes a report again and again. */
export interface ReportWriter {
  /** Something changed. */
  changed(): void
  /** Ends it, when what is under way is written. The file stays. */
  stop(): Promise<void>
}

/**
 * Begins to write a report, at once.
 *
 * @param path Where to. It is replaced as a whole, so that nobody reads half of it.
 * @param options How often.
 * @param host What is written.
 * @throws {TypeError | RangeError} If the path or an option is wrong, naming it.
 */
export function writeReport(path: string, { everyMs = 10_000 }: WriteOptions, host: WriterHost): ReportWriter {
  nonEmptyString('path', path)
  positiveMilliseconds('everyMs', everyMs)
  const draft = `${path}.${randomUUID()}`
  let isStopped = false
  let isDirty = false
  let writing: Promise<void> | undefined
  let stopTimer = (): void => {}

  /** One at a time: what changes meanwhile is written after. */
  function write(): void {
    isDirty = true
    writing ??= drain().finally(() => {
      writing = undefined
    })
  }

  async function drain(): Promise<void> {
    while (isDirty && !isStopped) {
      isDirty = false
      try {
        await writeFile(draft, `${JSON.stringify(toJson(host.report()))}\n`)
        await rename(draft, path)
      } catch (error) {
        await rm(draft, { force: true }).catch(() => {})
        if (!isStopped) host.onFailure(error)
      }
    }
  }

  async function tick(): Promise<void> {
    stopTimer = host.clock.after(everyMs, () => void tick())
    await host.check()
    if (!isStopped) write()
  }

  void tick()
  return {
    changed() {
      if (!isStopped) write()
    },
    async stop() {
      isStopped = true
      stopTimer()
      await writing
    },
  }
}
