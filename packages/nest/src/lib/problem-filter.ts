import { toErrorHandler as toExpressHandler, toProblem } from '@breakwater/express'
import { toErrorHandler as toFastifyHandler } from '@breakwater/fastify'
import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common'
import type { HttpAdapterHost } from '@nestjs/core'
import { cut, toNode } from './cut.ts'

/** Stands for every error that these packages throw, told by its code: `instanceof` is what Nest asks. */
// biome-ignore lint/complexity/noStaticOnlyClass: Nest compares classes
class KnownError {
  static [Symbol.hasInstance](error: unknown): boolean {
    return toProblem(error) !== undefined
  }
}

/** Answers errors of these packages as problems, and leaves all others to Nest and to the filters of others. */
export class ProblemFilter implements ExceptionFilter {
  readonly #host: HttpAdapterHost

  constructor(host: HttpAdapterHost) {
    this.#host = host
  }

  catch(error: unknown, host: ArgumentsHost): unknown {
    // What GraphQL reports, if it is returned. Gateways ask no global filter.
    if (host.getType<string>() !== 'http') return error
    return this.#answer(error, host)
  }

  #answer(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp()
    const response = http.getResponse()
    const node = toNode(response)
    if (node.headersSent) return cut(node)
    if (this.#host.httpAdapter.getType() === 'fastify') toFastifyHandler()(error, http.getRequest(), response)
    else toExpressHandler()(error, http.getRequest(), response, () => cut(node))
  }
}

Catch(KnownError)(ProblemFilter)
