import { AsyncLocalStorage } from 'node:async_hooks'
import { costsAtMost } from '../../src/claims.ts'
import type { MicroGroup } from '../../src/micro/subject.ts'
import { LAST, lines, seeLineWithIds } from './lines.ts'
import { BASE, toOurs, toPino } from './loggers.ts'
import { HEADERS, type Ids, readIds, toExchange } from './request.ts'

/** Numbers of tasks are less. */
const TASKS = 1_024

const OURS = 'createLogger'
const CHILD = 'a child of pino for each'

/** What the only line of a request costs. */
export const firstLines: MicroGroup = {
  id: 'first-line',
  title: 'The only line of a request',
  about:
    'One operation begins a request and writes one line in it: ids are read from its headers, and everything that is made for a request is made for one line. That is how most requests are. There is no server. The floor reads the ids and joins texts.',
  floor: lines(
    'by hand',
    (sink) => (times) => {
      for (let i = 0; i < times; i++) {
        const { requestId, traceId, spanId } = readIds(HEADERS)
        sink.write(
          `{"level":30,"time":${Date.now()},"env":"${BASE.env}","service":"${BASE.service}","requestId":"${requestId}","traceId":"${traceId}","spanId":"${spanId}","taskId":${i % TASKS},"msg":"task created"}\n`,
        )
      }
    },
    seeLineWithIds,
  ),
  ours: [
    lines(
      OURS,
      (sink) => {
        const logger = toOurs(sink)
        return (times) => {
          for (let i = 0; i < times; i++) {
            const write = (): void => logger.info({ taskId: i % TASKS }, 'task created')
            logger.hook.around?.(toExchange(), write, 0)
          }
        }
      },
      seeLineWithIds,
    ),
  ],
  peers: [
    lines(
      CHILD,
      (sink) => {
        const logger = toPino(sink)
        return (times) => {
          for (let i = 0; i < times; i++) logger.child(readIds(HEADERS)).info({ taskId: i % TASKS }, 'task created')
        }
      },
      seeLineWithIds,
    ),
    lines(
      'pino with a mixin',
      (sink) => {
        const storage = new AsyncLocalStorage<Ids>()
        // pino writes into what it is given.
        const logger = toPino(sink, { mixin: () => ({ ...storage.getStore() }) })
        return (times) => {
          for (let i = 0; i < times; i++)
            storage.run(readIds(HEADERS), () => logger.info({ taskId: i % TASKS }, 'task created'))
        }
      },
      seeLineWithIds,
    ),
  ],
  expected: [LAST + 1, { ...BASE, level: 'info', taskId: LAST, msg: 'task created' }],
  toleranceRatio: 0.05,
  claims: [costsAtMost(OURS, 1, CHILD, 'That is what it takes the place of, and nobody has to hand it around.')],
}
