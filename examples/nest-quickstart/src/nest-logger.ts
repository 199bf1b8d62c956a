import type { Logger } from '@breakwater/logger'
import { InjectToken } from '@breakwater/nest'
import { Injectable, type LoggerService } from '@nestjs/common'
import { LOGGER } from './tokens.ts'

/** Has what Nest says, and what is said with its `Logger`, in the one log. */
@Injectable()
export class NestLogger implements LoggerService {
  constructor(@InjectToken(LOGGER) private readonly logger: Logger) {}

  log(message: unknown, ...rest: unknown[]): void {
    this.logger.info({ context: rest.at(-1) }, String(message))
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.logger.warn({ context: rest.at(-1) }, String(message))
  }

  error(message: unknown, ...rest: unknown[]): void {
    const err = message instanceof Error ? message : undefined
    this.logger.error({ err, context: rest.at(-1) }, String(message))
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.logger.debug({ context: rest.at(-1) }, String(message))
  }
}
