import { STATUS_CODES } from 'node:http'
import type { InvalidPart } from './validation.ts'

/** What is wrong, for programs and people. See RFC 9457. */
export interface Problem {
  /** Path of an explanation. It never changes: compare this one. */
  readonly type: string
  /** The same for every problem of this type. */
  readonly title: string
  /** HTTP status. */
  readonly status: number
  /** What it is this time. */
  readonly detail?: string | undefined
  /** Every part of the request that is wrong, if that is the problem. */
  readonly errors?: readonly InvalidPart[] | undefined
}

/** Every type of problem: its status and its title. */
const PROBLEMS = {
  'bad-request': [400, 'This request is not well-formed'],
  'invalid-request': [400, 'Parts of this request are not as they must be'],
  'malformed-body': [400, 'The body is not JSON'],
  'malformed-url': [400, 'The URL is not well-formed'],
  'not-administrator': [401, 'This is for administrators'],
  'route-not-found': [404, 'There is nothing at this path'],
  'task-not-found': [404, 'There is no such task'],
  'method-not-allowed': [405, 'This path does not answer this method'],
  'request-timeout': [408, 'The request did not arrive in time'],
  'task-limit-reached': [409, 'There are as many tasks as there may be'],
  'version-mismatch': [412, 'The task has changed since it was read'],
  'body-too-large': [413, 'The body is too large'],
  'unsupported-media-type': [415, 'The body is not of a type that is understood here'],
  'headers-too-large': [431, 'The headers are too large'],
  'internal-error': [500, 'Something went wrong on this side'],
  'database-unavailable': [503, 'The database cannot be reached'],
  'database-busy': [503, 'Too many requests wait for the database'],
  'database-silent': [504, 'No answer came from the database: a change may have been made, or not'],
} as const satisfies Record<string, readonly [number, string]>

/** Name of a type of problem. */
export type ProblemName = keyof typeof PROBLEMS

/** The one table from what is thrown to what is answered. */
const BY_CODE: Readonly<Record<string, ProblemName>> = {
  ERR_TASK_NOT_FOUND: 'task-not-found',
  ERR_TASK_VERSION: 'version-mismatch',
  ERR_TASK_LIMIT: 'task-limit-reached',
  ERR_DATABASE_UNAVAILABLE: 'database-unavailable',
  ERR_DATABASE_ANSWER_LOST: 'database-silent',
  ERR_CIRCUIT_OPEN: 'database-unavailable',
  ERR_BULKHEAD_FULL: 'database-busy',
  ERR_TIMEOUT: 'database-silent',
  ERR_LOAD_TIMEOUT: 'database-silent',
  ERR_INVALID_REQUEST: 'invalid-request',
  ERR_NOT_ADMINISTRATOR: 'not-administrator',
  ERR_METHOD_NOT_ALLOWED: 'method-not-allowed',
  ERR_HTTP_REQUEST_TIMEOUT: 'request-timeout',
  FST_ERR_VALIDATION: 'invalid-request',
  FST_ERR_BAD_URL: 'malformed-url',
  FST_ERR_CTP_BODY_TOO_LARGE: 'body-too-large',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'malformed-body',
  FST_ERR_CTP_INVALID_JSON_BODY: 'malformed-body',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported-media-type',
  HPE_HEADER_OVERFLOW: 'headers-too-large',
}

/** Media type of a problem. */
export const PROBLEM_TYPE = 'application/problem+json'

/** Where the types of problems are explained. */
export const PROBLEMS_PATH = '/problems'

/**
 * Finds the problem that an error is.
 *
 * @param error What was thrown, with a `code`, or the `statusCode` of a client's mistake.
 */
export function toProblemName({ code = '', statusCode = 500 }: { code?: string; statusCode?: number }): ProblemName {
  return BY_CODE[code] ?? (statusCode >= 400 && statusCode < 500 ? 'bad-request' : 'internal-error')
}

/**
 * Describes a problem.
 *
 * @param name Its type.
 * @param detail What it is this time. Goes to the client: no internals.
 * @param errors Every part of the request that is wrong.
 */
export function createProblem(name: ProblemName, detail?: string, errors?: readonly InvalidPart[]): Problem {
  const [status, title] = PROBLEMS[name]
  return { type: `${PROBLEMS_PATH}/${name}`, title, status, detail: detail === title ? undefined : detail, errors }
}

/** Whether there is a type of problem of this name. */
export function isProblemName(name: string): name is ProblemName {
  return Object.hasOwn(PROBLEMS, name)
}

/**
 * Writes a whole response by hand, for a connection on which no request could be read.
 *
 * @param problem What is wrong.
 */
export function toRawResponse(problem: Problem): string {
  const body = JSON.stringify(problem)
  return [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
    'Connection: close',
    `Content-Type: ${PROBLEM_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n')
}
