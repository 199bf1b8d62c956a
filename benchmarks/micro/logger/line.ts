import { AsyncLocalStorage } from 'node:async_hooks'
import { stdTimeFunctions } from 'pino'
import { costsAtMost } from '../../src/claims.ts'
import type { MicroGroup } from '../../src/micro/subject.ts'
import { LAST, lines, seeLineWithIds } from './lines.ts'
import { BASE, toOurs, toPino } from './loggers.ts'
import { HEADERS, IDS, type Ids, readIds, toExchange } from './request.ts'

const USER_ID = 'user-4711'
/** Numbers of tasks are less. */
const TASKS = 1_024

const IN_A_REQUEST = 'createLogger, in a request'

/** What an ordinary line costs. */
export const plainLines: MicroGroup = {
  id: 'line',
  title: 'A line',
  about:
    'One operation writes `{ userId, taskId }` and a message, with the same two fields of all lines, to where bytes are counted and thrown away. The floor joins texts, and would write a broken line for a name with a quote in it. In a request, a line also has `requestId`, `traceId` and `spanId`: ours finds them by itself, as does pino with a mixin; a child of pino has to be handed to everybody who writes. They are read once for many lines here; see the next group. pino writes numbers for levels, and Unix milliseconds for the time; ours writes names and ISO 8601, and looks for secrets in every text.',
  floor: lines('by hand', (sink) => (times) => {
    for (let i = 0; i < times; i++)
      sink.write(
        `{"level":30,"time":${Date.now()},"env":"${BASE.env}","service":"${BASE.service}","userId":"${USER_ID}","taskId":${i % TASKS},"msg":"task created"}\n`,
      )
  }),
  ours: [
    lines(
      IN_A_REQUEST,
      (sink) => {
        const logger = toOurs(sink)
        return (times) => {
          const write = (): void => {
            for (let i = 0; i < times; i++) logger.info({ userId: USER_ID, taskId: i % TASKS }, 'task created')
          }
          logger.hook.around?.(toExchange(), write, 0)
        }
      },
      seeLineWithIds,
    ),
    lines('createLogger', (sink) => {
      const logger = toOurs(sink)
      return (times) => {
        for (let i = 0; i < times; i++) logger.info({ userId: USER_ID, taskId: i % TASKS }, 'task created')
      }
    }),
  ],
  peers: [
    lines('pino', (sink) => {
      const logger = toPino(sink)
      return (times) => {
        for (let i = 0; i < times; i++) logger.info({ userId: USER_ID, taskId: i % TASKS }, 'task created')
      }
    }),
    lines('pino, ISO time', (sink) => {
      const logger = toPino(sink, { timestamp: stdTimeFunctions.isoTime })
      return (times) => {
        for (let i = 0; i < times; i++) logger.info({ userId: USER_ID, taskId: i % TASKS }, 'task created')
      }
    }),
    lines(
      'pino with a mixin, in a request',
      (sink) => {
        const storage = new AsyncLocalStorage<Ids>()
        // pino writes into what it is given.
        const logger = toPino(sink, { mixin: () => ({ ...storage.getStore() }) })
        return (times) =>
          storage.run(readIds(HEADERS), () => {
            for (let i = 0; i < times; i++) logger.info({ userId: USER_ID, taskId: i % TASKS }, 'task created')
          })
      },
      seeLineWithIds,
    ),
    lines(
      'a child of pino, handed around',
      (sink) => {
        const logger = toPino(sink).child(IDS)
        return (times) => {
          for (let i = 0; i < times; i++) logger.info({ userId: USER_ID, taskId: i % TASKS }, 'task created')
        }
      },
      seeLineWithIds,
    ),
  ],
  expected: [LAST + 1, { ...BASE, level: 'info', userId: USER_ID, taskId: LAST, msg: 'task created' }],
  toleranceRatio: 0.05,
  claims: [
    costsAtMost(
      IN_A_REQUEST,
      1.3,
      'pino',
      'A line that can be found by its request must not be a reason to write fewer.',
    ),
  ],
}
