import { oneOf } from '@breakwater/core'

/**
 * How the fields that this package writes by itself are called. `breakwater`: as the rest of this family names
 * things. `ecs`: Elastic Common Schema. `loki`: names that Grafana and Loki find by themselves.
 */
export type ShapeName = 'breakwater' | 'ecs' | 'loki'

/** The names of one shape. */
export interface Shape {
  readonly level: string
  readonly time: string
  readonly message: string
  readonly error: string
  readonly stack: string
  readonly service: string
  readonly env: string
  readonly requestId: string
  readonly traceId: string
  readonly spanId: string
  /** Under what the fields of events that are heard stand; `''` for beside the others. */
  readonly details: string
  /** Fields that every line has. */
  readonly base: Readonly<Record<string, string>>
  /** Names the fields of the lines that this package writes. Those it does not know stay as they are. */
  readonly names: Readonly<Record<string, string>>
}

const BREAKWATER: Shape = {
  level: 'level',
  time: 'time',
  message: 'msg',
  error: 'err',
  stack: 'stack',
  service: 'service',
  env: 'env',
  requestId: 'requestId',
  traceId: 'traceId',
  spanId: 'spanId',
  details: '',
  base: {},
  names: {},
}

/** @see https://www.elastic.co/docs/reference/ecs/ecs-field-reference */
const ECS: Shape = {
  level: 'log.level',
  time: '@timestamp',
  message: 'message',
  error: 'error',
  stack: 'stack_trace',
  service: 'service.name',
  env: 'service.environment',
  requestId: 'http.request.id',
  traceId: 'trace.id',
  spanId: 'span.id',
  // Schemas of others have names of their own for what these could be called.
  details: 'breakwater',
  base: { 'ecs.version': '8.11.0' },
  names: {
    event: 'event.action',
    channel: 'event.provider',
    method: 'http.request.method',
    path: 'url.path',
    route: 'http.route',
    status: 'http.response.status_code',
    durationMs: 'event.duration',
    outcome: 'event.outcome',
    client: 'client.address',
  },
}

/** @see https://grafana.com/docs/loki/latest/get-started/labels/ */
const LOKI: Shape = {
  ...BREAKWATER,
  time: 'ts',
  service: 'service_name',
  requestId: 'request_id',
  traceId: 'trace_id',
  spanId: 'span_id',
}

const SHAPES: Readonly<Record<ShapeName, Shape>> = { breakwater: BREAKWATER, ecs: ECS, loki: LOKI }

/** @throws {TypeError} If there is no such shape. */
export function shapeOf(name: ShapeName): Shape {
  return SHAPES[oneOf('shape', name, ['breakwater', 'ecs', 'loki'])]
}

/** ECS knows three outcomes, and counts in nanoseconds. */
const ECS_OUTCOMES: Readonly<Record<string, string>> = { finished: 'success', aborted: 'unknown', failed: 'failure' }

/** The fields of a line that this package writes, as a shape calls them. */
export function shapeFields(
  shape: Shape,
  fields: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  if (!isRenaming(shape)) return fields
  const shaped: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(fields)) shaped[shape.names[name] ?? name] = value
  if (typeof fields.durationMs === 'number') shaped['event.duration'] = shapeDuration(shape, fields.durationMs)
  if (typeof fields.outcome === 'string') shaped['event.outcome'] = ECS_OUTCOMES[fields.outcome] ?? fields.outcome
  return shaped
}

/** How long something took, as a shape tells it. */
export function shapeDuration(shape: Shape, durationMs: number): number {
  return isRenaming(shape) ? Math.round(durationMs * 1e6) : durationMs
}

function isRenaming({ names }: Shape): boolean {
  return names !== BREAKWATER.names
}
