import { type HttpEndpoint, type HttpExchange, type HttpReply, oneOf } from '@breakwater/core'
import type { HealthReport, HealthStatus } from '../report.ts'
import { FORMATS, type HealthFormat } from './formats/formats.ts'
import { type IsUp, toBriefReplies, toReply } from './replies.ts'
import { toSummary } from './summary.ts'
import { toTree } from './tree.ts'

/** Options of an endpoint of your own. */
export interface EndpointOptions {
  /**
   * Which group.
   *
   * @defaultValue all checks
   */
  readonly group?: string | undefined
  /**
   * Whether causes, data and times are told to those who may see them (`showsDetails`).
   *
   * @defaultValue `false`
   */
  readonly details?: boolean | undefined
  /**
   * How it is written down.
   *
   * @defaultValue `'breakwater'`
   */
  readonly format?: HealthFormat | undefined
}

/** What endpoints know of their health. */
export interface EndpointHost {
  readonly isUp: IsUp
  /** What to wait for before the status of a group is asked; nothing if it is fresh. Never rejects. */
  refresh(group: string | undefined): Promise<void> | undefined
  status(group: string | undefined): HealthStatus
  /** The status of a group; nothing if it has to be refreshed before. */
  freshStatus(group: string | undefined): HealthStatus | undefined
  report(group: string | undefined): HealthReport
  maySeeDetails(exchange: HttpExchange): boolean
}

/** Answers how a group is. */
export function createEndpoint(
  host: EndpointHost,
  { group, details = false, format: formatName = 'breakwater' }: EndpointOptions,
): HttpEndpoint {
  const format = FORMATS[oneOf('format', formatName, Object.keys(FORMATS) as HealthFormat[])]
  const replies = toBriefReplies(format, host.isUp)
  return details ? (exchange) => (host.maySeeDetails(exchange) ? tellAll() : tell()) : tell

  function tell(): HttpReply | Promise<HttpReply> {
    const status = host.freshStatus(group)
    if (status !== undefined) return replies[status]
    const pending = host.refresh(group)
    return pending === undefined ? replies[host.status(group)] : pending.then(() => replies[host.status(group)])
  }

  function tellAll(): HttpReply | Promise<HttpReply> {
    const pending = host.refresh(group)
    return pending === undefined ? toFull() : pending.then(toFull)
  }

  function toFull(): HttpReply {
    const report = host.report(group)
    const isUp = host.isUp(report.status)
    return toReply(isUp, format.type, format.full(report, isUp))
  }
}

/** Answers with the status of each component. */
export function createSummary(host: EndpointHost): HttpEndpoint {
  return createJson(host, () => toSummary(host.report(undefined)))
}

/** Answers with what depends on what. */
export function createTree(host: EndpointHost): HttpEndpoint {
  return createJson(host, (exchange) => toTree(host.report(undefined), host.maySeeDetails(exchange)))
}

function createJson(host: EndpointHost, toBody: (exchange: HttpExchange) => unknown): HttpEndpoint {
  return async (exchange) => {
    await host.refresh(undefined)
    return toReply(host.isUp(host.status(undefined)), 'application/json', JSON.stringify(toBody(exchange)))
  }
}
