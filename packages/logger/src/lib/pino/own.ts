import { pino } from 'pino'
import { createDestination } from '../destination/destination.ts'
import { createStamper } from '../line/time.ts'
import type { ResolvedLoggerOptions } from '../options.ts'
import type { PinoLogger, PinoStream } from './port.ts'

/** A logger of pino's that writes labels for levels, ISO times, and the fields that every line has. */
export function createOwnPino(
  { level = 'info', service, env, shape, clock }: ResolvedLoggerOptions,
  destination: PinoStream = createDestination(),
): PinoLogger {
  return pino(
    {
      level,
      base: { ...shape.base, [shape.env]: env, [shape.service]: service },
      timestamp: createStamper(shape.time, clock),
      messageKey: shape.message,
      errorKey: shape.error,
      formatters: { level: (label) => ({ [shape.level]: label }) },
    },
    destination as { write(line: string): void },
  ) as unknown as PinoLogger
}
