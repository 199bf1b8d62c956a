import { CheckFailedError } from '../errors.ts'
import { type HealthStatus, STATUSES } from '../report.ts'

/** What a run came to. */
export interface Outcome {
  readonly status: HealthStatus
  /** `undefined` only if healthy. */
  readonly cause: unknown
  readonly data: Readonly<Record<string, unknown>> | undefined
}

const HEALTHY: Outcome = { status: 'healthy', cause: undefined, data: undefined }

/** Characters of a cause that are kept. */
const LONGEST_CAUSE = 1_000
/** Characters of JSON. */
const LONGEST_DATA = 10_000

/** The outcome of a run that threw or was late. */
export function toFailure(cause: unknown): Outcome {
  return { status: 'unhealthy', cause, data: undefined }
}

/**
 * What a check's answer means.
 *
 * @param name Name of the check.
 * @param value What it returned or resolved to. Not trusted: reading it may throw.
 */
export function toOutcome(name: string, value: unknown): Outcome {
  try {
    if (value == null || value === true) return HEALTHY
    if (value === false) return toFailure(new CheckFailedError(name, 'It returned false'))
    if (isStatus(value)) return said(name, value, undefined, undefined)
    if (typeof value === 'string' && value !== '') return HEALTHY
    if (typeof value !== 'object') return rubbish(name, shown(value))
    const { status, cause, data } = value as { status?: unknown; cause?: unknown; data?: unknown }
    if (status === undefined) return HEALTHY
    return isStatus(status)
      ? said(name, status, cause, data)
      : rubbish(name, `an object whose status is ${shown(status)}`)
  } catch (error) {
    return toFailure(error)
  }
}

function said(name: string, status: HealthStatus, cause: unknown, data: unknown): Outcome {
  if (status === 'healthy') return data === undefined ? HEALTHY : { ...HEALTHY, data: toData(data) }
  const why = cause ?? new CheckFailedError(name, `It says that it is ${status}`)
  return { status, cause: why, data: data === undefined ? undefined : toData(data) }
}

function rubbish(name: string, got: string): Outcome {
  const wanted = 'nothing, a boolean, a text, or an object whose status is healthy, degraded or unhealthy'
  return toFailure(new CheckFailedError(name, `Expected the check "${name}" to return ${wanted}, got ${got}`))
}

function isStatus(value: unknown): value is HealthStatus {
  return STATUSES.includes(value as HealthStatus)
}

/** Short and harmless. */
function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 60))
  if (typeof value === 'function') return 'a function'
  return typeof value === 'object' && value !== null ? 'an object' : String(value)
}

/** A copy that can be sent whatever it was, and that nobody changes later. */
function toData(data: unknown): Readonly<Record<string, unknown>> {
  try {
    const text = JSON.stringify(data, (_key, value) => (typeof value === 'bigint' ? String(value) : value)) ?? 'null'
    if (text.length > LONGEST_DATA) return { error: `It has ${text.length} characters, over ${LONGEST_DATA}` }
    const copy: unknown = JSON.parse(text)
    return typeof copy === 'object' && copy !== null && !Array.isArray(copy)
      ? (copy as Record<string, unknown>)
      : { value: copy }
  } catch (error) {
    return { error: `It cannot be shown: ${toText(error)}` }
  }
}

/**
 * What an error says, on one line.
 *
 * @param cause Anything. Not trusted: reading it may throw.
 */
export function toText(cause: unknown): string {
  try {
    return textOf(cause, 0)
      .slice(0, 2 * LONGEST_CAUSE)
      .replace(/\s+/g, ' ')
      .trim()
      .slice(0, LONGEST_CAUSE)
  } catch {
    return 'an error that cannot be read'
  }
}

/** `fetch` says no more than "fetch failed", and an AggregateError may say nothing: what is behind them does. */
function textOf(cause: unknown, depth: number): string {
  if (typeof cause !== 'object' || cause === null) return String(cause)
  const { message, code, name, cause: behind, errors } = cause as Error & { code?: unknown; errors?: unknown }
  const text = String(message || code || name || 'an error without a message')
  const next = behind ?? (message || !Array.isArray(errors) ? undefined : errors[0])
  return next === undefined || next === null || depth >= 3 ? text : `${text}: ${textOf(next, depth + 1)}`
}
