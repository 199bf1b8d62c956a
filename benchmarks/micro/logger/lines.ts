import { isDeepStrictEqual } from 'node:util'
import { levels } from 'pino'
import type { MicroSubject } from '../../src/micro/subject.ts'
import { IDS } from './request.ts'
import { createSink, type Sink } from './sink.ts'

/** Writes lines so many times, in a loop of its own. */
export type Loop = (times: number) => void

/** Lines of a check, which are numbered from 0. */
const CHECKED = 3
/** The number of the line that a check looks at. */
export const LAST: number = CHECKED - 1

/**
 * A subject that writes a line each time.
 *
 * @param name Its name.
 * @param create Makes it.
 * @param see What is compared of its last line.
 */
export function lines(
  name: string,
  create: (sink: Sink) => Loop,
  see: (line: string) => unknown = (line) => seeLine(line),
): MicroSubject {
  return {
    name,
    create() {
      const sink = createSink()
      const run = create(sink)
      return {
        run,
        check() {
          run(CHECKED)
          return [sink.lines(), see(sink.last())]
        },
      }
    },
  }
}

/**
 * What stands in a line, whoever wrote it.
 *
 * @param line The line.
 * @param hasIds Whether it should have the ids of its request.
 * @returns Its fields without ids and time, with the name of its level.
 * @throws {Error} If it has no time, is not one line, or has ids where it should have none, or not the right ones.
 */
export function seeLine(line: string, hasIds = false): Readonly<Record<string, unknown>> {
  const { level, time, requestId, traceId, spanId, ...fields } = JSON.parse(line) as Record<string, unknown>
  if (line.indexOf('\n') !== line.length - 1 || Number.isNaN(new Date(time as string | number).getTime()))
    throw new Error(`Cannot compare what is no line with a time: ${line}`)
  if (!isDeepStrictEqual({ requestId, traceId, spanId }, hasIds ? IDS : NO_IDS))
    throw new Error(`Cannot compare a line that should have ${hasIds ? 'the ids of its request' : 'no ids'}: ${line}`)
  return { ...fields, level: typeof level === 'number' ? levels.labels[level] : level }
}

const NO_IDS = { requestId: undefined, traceId: undefined, spanId: undefined }

/**
 * The same, of a line that should have ids.
 *
 * @param line The line.
 */
export function seeLineWithIds(line: string): Readonly<Record<string, unknown>> {
  return seeLine(line, true)
}
