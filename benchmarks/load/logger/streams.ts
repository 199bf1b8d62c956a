import type { Server } from 'node:http'
import { devNull } from 'node:os'
import { createDestination } from '@breakwater/logger'
import { destination } from 'pino'

/** Where the lines of one server go, and how many went there. */
export interface CountedStream {
  /** Takes a line. */
  write(line: string): void
  /** How many it took. */
  lines(): number
  /**
   * Lets go of the file when the server does of its port.
   *
   * @param server The server.
   */
  closeWith(server: Server): void
}

/** How many bytes may wait for each other: what pino's documentation has for asynchronous logging. */
const BUFFER_BYTES = 4_096

/**
 * Ours. Each line is one call of the operating system, unless lines may wait.
 *
 * @param isBuffered Whether they may.
 */
export function toOurStream(isBuffered: boolean): CountedStream {
  const stream = createDestination({ path: devNull, bufferBytes: isBuffered ? BUFFER_BYTES : 0 })
  return counted(stream, () => void stream.close())
}

/**
 * That of pino. Each line is one call of the operating system, unless lines may wait.
 *
 * @param isBuffered Whether they may.
 */
export function toPinoStream(isBuffered: boolean): CountedStream {
  const stream = destination({ dest: devNull, sync: !isBuffered, minLength: isBuffered ? BUFFER_BYTES : 0 })
  return counted(stream, () => stream.end())
}

function counted(stream: { write(line: string): unknown }, close: () => void): CountedStream {
  let lines = 0
  return {
    write(line) {
      lines++
      stream.write(line)
    },
    lines: () => lines,
    closeWith: (server) => void server.once('close', close),
  }
}
