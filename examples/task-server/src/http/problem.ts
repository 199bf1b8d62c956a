import { STATUS_CODES } from 'node:http'
import { SECURE_HEADERS } from './secure-headers.ts'
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
  'cross-site': [403, 'This request comes from another site'],
  'https-required': [403, 'This is only served over HTTPS'],
  'route-not-found': [404, 'There is nothing at this path'],
  'task-not-found': [404, 'There is no such task'],
  'method-not-allowed': [405, 'This path does not answer this method'],
  'request-timeout': [408, 'The request did not arrive in time'],
  'task-limit-reached': [409, 'There are as many tasks as there may be'],
  'board-limit-reached': [409, 'There are as many boards as there may be'],
  'no-log-file': [409, 'This server does not log to a file'],
  'already-subscribed': [409, 'This connection follows this board already'],
  'subscription-limit-reached': [409, 'This connection follows as many boards as it may'],
  'version-mismatch': [412, 'The task has changed since it was read'],
  'body-too-large': [413, 'The body is too large'],
  'unsupported-media-type': [415, 'The body is not of a type that is understood here'],
  'upgrade-required': [426, 'This path speaks WebSocket'],
  'connection-busy': [429, 'As many requests of this connection are under way as may be at once'],
  'too-many-requests': [429, 'Too many requests come from this address'],
  'admin-busy': [429, 'As much of this is under way as may be at once'],
  'headers-too-large': [431, 'The headers are too large'],
  'internal-error': [500, 'Something went wrong on this side'],
  'connection-limit-reached': [503, 'There are as many connections as there may be'],
  stopping: [503, 'This server is stopping'],
  'database-unavailable': [503, 'The database cannot be reached'],
  'log-unreadable': [503, 'The log cannot be read'],
  'log-too-slow': [503, 'It takes too long to look through the log: say `from` and `to`'],
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
  ERR_BOARD_LIMIT: 'board-limit-reached',
  ERR_DATABASE_UNAVAILABLE: 'database-unavailable',
  ERR_DATABASE_ANSWER_LOST: 'database-silent',
  ERR_CIRCUIT_OPEN: 'database-unavailable',
  ERR_BULKHEAD_FULL: 'database-busy',
  ERR_TIMEOUT: 'database-silent',
  ERR_LOAD_TIMEOUT: 'database-silent',
  ERR_INVALID_REQUEST: 'invalid-request',
  ERR_NOT_ADMINISTRATOR: 'not-administrator',
  ERR_ADMIN_BUSY: 'admin-busy',
  ERR_NO_LOG_FILE: 'no-log-file',
  ERR_LOG_TOO_SLOW: 'log-too-slow',
  ERR_LOG_READER: 'log-unreadable',
  ERR_METHOD_NOT_ALLOWED: 'method-not-allowed',
  ERR_ALREADY_SUBSCRIBED: 'already-subscribed',
  ERR_SUBSCRIPTION_LIMIT: 'subscription-limit-reached',
  ERR_UPGRADE_REQUIRED: 'upgrade-required',
  ERR_CONNECTION_BUSY: 'connection-busy',
  ERR_CONNECTION_LIMIT: 'connection-limit-reached',
  ERR_STOPPING: 'stopping',
  ERR_CROSS_SITE: 'cross-site',
  ERR_HTTPS_REQUIRED: 'https-required',
  ERR_RATE_LIMIT: 'too-many-requests',
  FST_CP_ERR_INVALID_CONTENT_ENCODING: 'unsupported-media-type',
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
    'Cache-Control: no-store',
    ...Object.entries(SECURE_HEADERS).map(([name, value]) => `${name}: ${value}`),
    '',
    body,
  ].join('\r\n')
}
