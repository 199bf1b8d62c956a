import { stdSerializers } from 'pino'
import { costsAtMost } from '../../src/claims.ts'
import type { MicroGroup } from '../../src/micro/subject.ts'
import { LAST, lines, seeLine } from './lines.ts'
import { BASE, toOurs, toPino } from './loggers.ts'

/** Numbers of tasks are less. */
const TASKS = 1_024
/** Frames of a request that is deep in a framework; an error keeps the last ten. */
const DEPTH = 20

interface Coded extends Error {
  readonly code: string
  readonly cause?: unknown
}

interface Failure extends Coded {
  readonly cause: Coded
}

function toFailure(depth = DEPTH): Failure {
  if (depth > 0) return toFailure(depth - 1)
  const cause = Object.assign(new Error('connect ECONNREFUSED 10.0.0.7:5432'), { code: 'ECONNREFUSED' })
  return Object.assign(new Error('Cannot save the task', { cause }), { code: 'ERR_SAVE', cause })
}

interface Seen {
  readonly err: { readonly type: string; readonly stack: string; readonly cause: { readonly stack: string } }
}

/** Stacks differ from machine to machine. */
function seeFailure(line: string): unknown {
  const { err, ...fields } = seeLine(line) as unknown as Seen
  const { stack, cause, ...own } = err
  const { stack: causeStack, ...below } = cause
  return {
    ...fields,
    err: { ...own, cause: below },
    areThere: [stack, causeStack].every((each) => each.includes('at ')),
  }
}

const OURS = 'createLogger'
const PINO = 'pino, errWithCause'

/** What a line with an error costs. */
export const failures: MicroGroup = {
  id: 'error',
  title: 'A line with an error and its cause',
  about:
    'One operation writes an error that has a code, a stack of ten frames, and a cause that has both as well. The error is made beforehand. That of pino is its serializer that writes causes as such, which it has to be told to use. Ours looks for secrets in both stacks.',
  floor: lines(
    'by hand',
    (sink) => {
      const failure = toFailure()
      return (times) => {
        for (let i = 0; i < times; i++) {
          const { message, code, stack, cause } = failure
          const below = { type: cause.name, message: cause.message, code: cause.code, stack: cause.stack }
          const err = JSON.stringify({ type: failure.name, message, code, stack, cause: below })
          sink.write(
            `{"level":50,"time":${Date.now()},"env":"${BASE.env}","service":"${BASE.service}","err":${err},"taskId":${i % TASKS},"msg":"not saved"}\n`,
          )
        }
      }
    },
    seeFailure,
  ),
  ours: [
    lines(
      OURS,
      (sink) => {
        const logger = toOurs(sink)
        const failure = toFailure()
        return (times) => {
          for (let i = 0; i < times; i++) logger.error({ err: failure, taskId: i % TASKS }, 'not saved')
        }
      },
      seeFailure,
    ),
  ],
  peers: [
    lines(
      PINO,
      (sink) => {
        const logger = toPino(sink, { serializers: { err: stdSerializers.errWithCause } })
        const failure = toFailure()
        return (times) => {
          for (let i = 0; i < times; i++) logger.error({ err: failure, taskId: i % TASKS }, 'not saved')
        }
      },
      seeFailure,
    ),
  ],
  expected: [
    LAST + 1,
    {
      ...BASE,
      level: 'error',
      taskId: LAST,
      msg: 'not saved',
      err: {
        type: 'Error',
        message: 'Cannot save the task',
        code: 'ERR_SAVE',
        cause: { type: 'Error', message: 'connect ECONNREFUSED 10.0.0.7:5432', code: 'ECONNREFUSED' },
      },
      areThere: true,
    },
  ],
  toleranceRatio: 0.05,
  claims: [costsAtMost(OURS, 1.5, PINO, 'What a line may cost that has secrets: an error is where they hide.')],
}
