import Type, { type Static } from 'typebox'
import { BOARD_PATTERN, DEFAULT_BOARD } from './board-name.ts'

/** Where a task stands. */
const Status = Type.Enum(['open', 'in-progress', 'done'])
const Priority = Type.Enum(['low', 'normal', 'high'])

// `expected` is what a person is told instead of the pattern, see `http/validation.ts`.
const Title = Type.String({
  minLength: 1,
  maxLength: 200,
  pattern: '^[^\\p{Cc}\\p{Cs}]*$',
  expected: 'one line of well-formed text',
})
const Description = Type.Unsafe<string | null>({
  type: ['string', 'null'],
  maxLength: 10_000,
  pattern: '^[^\\u0000\\p{Cs}]*$',
  expected: 'well-formed text without NUL',
})
const BOARD = { pattern: BOARD_PATTERN, expected: '1 to 64 of a-z, 0-9 and -, without - at either end' }
/** The name of a board. */
export const Board = Type.String(BOARD)

/** A task, as it is answered. */
export const Task = Type.Object({
  id: Type.String(),
  board: Type.String(),
  title: Type.String(),
  description: Type.Unsafe<string | null>({ type: ['string', 'null'] }),
  status: Status,
  priority: Priority,
  version: Type.Integer(),
  createdAt: Type.String(),
  updatedAt: Type.String(),
})
export type Task = Static<typeof Task>

/** What a task is created from. */
export const NewTask = Type.Object(
  {
    board: Type.Optional(Type.String({ ...BOARD, default: DEFAULT_BOARD })),
    title: Title,
    description: Type.Optional(Description),
    status: Type.Optional(Type.Enum(['open', 'in-progress', 'done'], { default: 'open' })),
    priority: Type.Optional(Type.Enum(['low', 'normal', 'high'], { default: 'normal' })),
  },
  { additionalProperties: false },
)
export type NewTask = Static<typeof NewTask>

/** What is to be changed of a task: the rest stays. */
export const TaskChanges = Type.Object(
  {
    board: Type.Optional(Board),
    title: Type.Optional(Title),
    description: Type.Optional(Description),
    status: Type.Optional(Status),
    priority: Type.Optional(Priority),
  },
  { additionalProperties: false, minProperties: 1 },
)
export type TaskChanges = Static<typeof TaskChanges>

/** Some tasks, and where the rest of them begins. */
export const TaskPage = Type.Object({
  items: Type.Array(Task),
  nextCursor: Type.Unsafe<string | null>({ type: ['string', 'null'] }),
})

/** Names one task in a path. */
export const TaskParams = Type.Object({
  id: Type.String({
    pattern: '^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$',
    expected: 'a UUID',
  }),
})

/** Says which tasks to list. All of a query string is text. */
export const ListQuery = Type.Object(
  {
    limit: Type.Optional(Type.String({ pattern: '^([1-9]\\d?|100)$', expected: 'an integer from 1 to 100' })),
    cursor: Type.Optional(Type.String()),
    board: Type.Optional(Board),
  },
  { additionalProperties: false },
)
