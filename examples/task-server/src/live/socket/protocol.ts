import createAjv from '@fastify/ajv-compiler'
import Type, { type Static } from 'typebox'
import { AJV, type InvalidPart, InvalidRequestError, toInvalidParts } from '../../http/validation.ts'
import { Board, NewTask, TaskChanges, TaskParams } from '../../tasks/schema.ts'

const STRICT = { additionalProperties: false }
/** What a client makes up, to know an answer by. */
const REQUEST = {
  type: Type.Literal('request'),
  id: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
}
const { id: taskId } = TaskParams.properties
/** As much as the database and `If-Match` take. */
const version = Type.Optional(Type.Integer({ minimum: 1, maximum: 999_999_999 }))
const since = Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }))

const Subscribe = Type.Object({ type: Type.Literal('subscribe'), board: Board, since }, STRICT)
const Unsubscribe = Type.Object({ type: Type.Literal('unsubscribe'), board: Board }, STRICT)
const Create = Type.Object({ ...REQUEST, method: Type.Literal('create'), task: NewTask }, STRICT)
const Get = Type.Object({ ...REQUEST, method: Type.Literal('get'), taskId }, STRICT)
const List = Type.Object(
  {
    ...REQUEST,
    method: Type.Literal('list'),
    board: Type.Optional(Board),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
    cursor: Type.Optional(Type.String()),
  },
  STRICT,
)
const Update = Type.Object(
  { ...REQUEST, method: Type.Literal('update'), taskId, changes: TaskChanges, version },
  STRICT,
)
const Delete = Type.Object({ ...REQUEST, method: Type.Literal('delete'), taskId, version }, STRICT)

/** Something to be done with tasks, as over HTTP. */
export type LiveRequest =
  | Static<typeof Create>
  | Static<typeof Get>
  | Static<typeof List>
  | Static<typeof Update>
  | Static<typeof Delete>

/** What a client may say. */
export type ClientMessage = Static<typeof Subscribe> | Static<typeof Unsubscribe> | LiveRequest

/** All methods of a request. */
export const METHODS = ['create', 'get', 'list', 'update', 'delete'] as const

const TYPES = ['subscribe', 'unsubscribe', 'request'] as const
const SCHEMAS = {
  subscribe: Subscribe,
  unsubscribe: Unsubscribe,
  create: Create,
  get: Get,
  list: List,
  update: Update,
  delete: Delete,
}
type Kind = keyof typeof SCHEMAS
type AjvOptions = NonNullable<Parameters<ReturnType<typeof createAjv>>[1]>

/** As Ajv makes them. */
interface Check {
  (message: unknown): boolean
  readonly errors?: Parameters<typeof toInvalidParts>[0] | null
}

/**
 * Reads what a client said.
 *
 * @param message Any JSON.
 * @returns The message.
 * @throws {InvalidRequestError} If it is none. Its pointers point into it.
 */
export type ReadMessage = (message: unknown) => ClientMessage

/** Makes what reads messages, by the same rules as the routes. Takes a moment: call it when there is time. */
export function createReader(): ReadMessage {
  // Fastify itself makes its checks by this one.
  const compile = createAjv()({}, AJV as AjvOptions)
  const checks = Object.fromEntries(
    Object.entries(SCHEMAS).map(([kind, schema]) => [kind, compile({ schema })]),
  ) as unknown as Record<Kind, Check>
  return (message) => {
    const check = checks[kindOf(message)]
    trimTitle(message as { task?: unknown; changes?: unknown })
    if (!check(message)) throw new InvalidRequestError(toInvalidParts(check.errors ?? [], 'body'))
    return message as ClientMessage
  }
}

/**
 * Finds the id that a request would be answered by, also of one that is wrong.
 *
 * @param message Any JSON.
 */
export function requestIdOf(message: unknown): number | undefined {
  const { type, id } = Object(message) as Partial<Record<string, unknown>>
  return type === 'request' && Number.isSafeInteger(id) && Number(id) >= 0 ? Number(id) : undefined
}

function kindOf(message: unknown): Kind {
  if (typeof message !== 'object' || message === null || Array.isArray(message))
    throw new InvalidRequestError([{ pointer: '', detail: 'must be object' }])
  const { type, method } = message as Partial<Record<string, unknown>>
  const known = oneOf('type', type, TYPES)
  return known === 'request' ? oneOf('method', method, METHODS) : known
}

function oneOf<choice extends string>(name: string, value: unknown, choices: readonly choice[]): choice {
  const found = choices.find((choice) => choice === value)
  if (found !== undefined) return found
  const detail = value === undefined ? 'is missing' : `must be one of ${choices.join(', ')}`
  const part: InvalidPart = { pointer: `/${name}`, detail }
  throw new InvalidRequestError([part])
}

/** Before its length is checked, as over HTTP. */
function trimTitle({ task, changes }: { task?: unknown; changes?: unknown }): void {
  for (const part of [task, changes]) {
    const titled = Object(part) as { title?: unknown }
    if (typeof titled.title === 'string') titled.title = titled.title.trim()
  }
}
