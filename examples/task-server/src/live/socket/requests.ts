import type { Clock, HttpReply } from '@breakwater/core'
import type { Logger } from '@breakwater/logger'
import { type AnyError, toProblem } from '../../http/errors.ts'
import type { LogRefusal } from '../../observe/log-refusals.ts'
import type { TraceLive } from '../../observe/trace-live.ts'
import { listTasks } from '../../tasks/list.ts'
import type { TaskStore } from '../../tasks/store.ts'
import { enter, type Gate, LiveExchange, leave } from './live-exchange.ts'
import type { LiveRequest } from './protocol.ts'

/** What a request is answered with: what it would be over HTTP. */
export interface Answer {
  readonly status: number
  readonly body: unknown
  /** Seconds after which it is worth another try. */
  readonly retryAfter?: number | undefined
}

/** Who asks. */
export interface Visitor {
  /** Where it is, as far as can be told. */
  readonly address: string
  /** Counts one more of its requests, and throws if that is one too many. */
  countRequest(): void
}

/** What requests are answered from. */
export interface RequestParts {
  readonly tasks: TaskStore
  /** Refuses them when there are too many. */
  readonly gate: Gate | undefined
  readonly logger: Pick<Logger, 'request' | 'error'>
  readonly logRefusal: LogRefusal
  /** Puts each in a span of its own. */
  readonly trace: TraceLive
  readonly clock: Clock
  /**
   * Counts one.
   *
   * @param method Its method.
   * @param status Its status.
   * @param durationMs How long it took, in milliseconds.
   */
  count(method: LiveRequest['method'], status: number, durationMs: number): void
}

/**
 * Answers a request. Never rejects.
 *
 * @param request The request.
 * @param visitor Who asks.
 */
export type AnswerRequest = (request: LiveRequest, visitor: Visitor) => Promise<Answer>

/**
 * Makes what answers requests.
 *
 * @param parts What from.
 */
export function createAnswerer(parts: RequestParts): AnswerRequest {
  const { tasks, gate, logger, logRefusal, trace, clock, count } = parts

  async function answer(request: LiveRequest, visitor: Visitor): Promise<Answer> {
    const { method } = request
    try {
      visitor.countRequest()
      return await run(tasks, request)
    } catch (error) {
      const problem = toAnswer(error as AnyError)
      if (problem.status === 500) logger.error({ err: error }, `live ${method} failed`)
      const { code } = error as AnyError
      logRefusal(code, { method: 'WEBSOCKET', route: `live:${method}`, client: visitor.address, isTokenGiven: false })
      return problem
    }
  }

  async function handle(request: LiveRequest, visitor: Visitor): Promise<Answer> {
    const { method } = request
    const exchange = new LiveExchange(method, clock.now())
    const refusal = enter(gate, exchange)
    const answered = refusal === undefined ? await answer(request, visitor) : fromReply(refusal)
    const { status } = answered
    if (refusal === undefined) leave(gate, exchange, status)
    const durationMs = Math.round((clock.now() - exchange.startedAtMs) * 100) / 100
    count(method, status, durationMs)
    logger.request(`live:${method}`, { outcome: 'finished', durationMs, status })
    return answered
  }

  return (request, visitor) => trace(request.method, () => handle(request, visitor))
}

/**
 * Gives the answer that an error is.
 *
 * @param error What was thrown.
 */
export function toAnswer(error: AnyError): Answer {
  const body = toProblem(error)
  const { retryAfterMs } = error
  if (retryAfterMs === undefined) return { status: body.status, body }
  // 0 stands for "nobody knows", and would ask for another try at once.
  return { status: body.status, body, retryAfter: Math.max(Math.ceil(retryAfterMs / 1_000), 1) }
}

async function run(tasks: TaskStore, request: LiveRequest): Promise<Answer> {
  switch (request.method) {
    case 'create':
      return { status: 201, body: await tasks.create(request.task) }
    case 'get':
      return { status: 200, body: await tasks.get(request.taskId) }
    case 'list':
      return { status: 200, body: await listTasks(tasks, request) }
    case 'update':
      return { status: 200, body: await tasks.update(request.taskId, request.changes, versionsOf(request)) }
    case 'delete':
      await tasks.delete(request.taskId, versionsOf(request))
      return { status: 204, body: null }
  }
}

function versionsOf({ version }: { readonly version?: number | undefined }): readonly number[] | undefined {
  return version === undefined ? undefined : [version]
}

/** Of a gate, which speaks HTTP. */
function fromReply({ status, headers = {}, body }: HttpReply): Answer {
  const retryAfter = Number(headers['retry-after'])
  const problem: unknown = typeof body === 'string' ? JSON.parse(body) : null
  return Number.isNaN(retryAfter) ? { status, body: problem } : { status, body: problem, retryAfter }
}
