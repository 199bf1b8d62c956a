import { STATUS_CODES } from 'node:http'
import type { Logger } from '@breakwater/logger'
import { InjectToken } from '@breakwater/nest'
import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common'
import { HttpAdapterHost } from '@nestjs/core'
import { LOGGER } from './tokens.ts'

/**
 * Answers errors and what no route does as `application/problem+json` (RFC 9457). Those of Breakwater do not come here:
 * an open circuit is 503 with Retry-After, a time that is over 504.
 */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(
    private readonly host: HttpAdapterHost,
    @InjectToken(LOGGER) private readonly logger: Logger,
  ) {}

  /** Says nothing of the inside: that is in the log. */
  catch(error: unknown, context: ArgumentsHost): void {
    const { httpAdapter } = this.host
    const response: unknown = context.switchToHttp().getResponse()
    const status = statusOf(error)
    if (status >= 500) this.logger.error(error) // with the ids of its request and trace
    if (httpAdapter.isHeadersSent(response)) return void httpAdapter.end(response)
    httpAdapter.setHeader(response, 'content-type', 'application/problem+json')
    httpAdapter.reply(response, { type: 'about:blank', title: STATUS_CODES[status], status }, status)
  }
}

function statusOf(error: unknown): number {
  if (error instanceof HttpException) return error.getStatus()
  const { statusCode } = Object(error) // of what parses bodies
  return STATUS_CODES[statusCode] === undefined ? 500 : statusCode
}
