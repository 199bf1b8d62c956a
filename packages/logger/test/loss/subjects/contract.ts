import type { DestinationOptions } from '../../../src/lib/destination/options.ts'

/** How a subject ends. */
export type Way =
  | 'return'
  | 'exit'
  | 'exit mid-turn'
  | 'exit listeners'
  | 'throw'
  | 'reject'
  | 'SIGTERM'
  | 'SIGINT'
  | 'SIGHUP'
  | 'SIGQUIT'
  | 'SIGUSR2'
  | 'SIGKILL'
  | 'graceful'
  | 'passed on'
  | 'close'
  | 'worker returns'
  | 'worker exits'

/** What a subject is told. */
export interface Order {
  readonly way: Way
  readonly lines: number
  readonly options: DestinationOptions
  /** On each line, where several subjects write to one file. */
  readonly writer?: number | undefined
  /** Milliseconds between a hundred lines and the next. */
  readonly paceMs?: number | undefined
  /** After so many lines it waits until that file is there. */
  readonly waitFor?: { readonly lines: number; readonly path: string } | undefined
  /** Where it says how many bytes waited when it had written its last line. */
  readonly report?: string | undefined
}

/** One line of it. Their lengths differ, and not each letter is one byte. */
export interface SubjectLine {
  readonly n: number
  readonly writer: number
  readonly pad: string
}

/** The line with that number. */
export function lineOf(n: number, writer = 0): SubjectLine {
  return { n, writer, pad: 'ü'.repeat((n * 7) % 60) }
}
