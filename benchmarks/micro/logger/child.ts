import { costsAtMost } from '../../src/claims.ts'
import type { MicroGroup } from '../../src/micro/subject.ts'
import { LAST, lines } from './lines.ts'
import { BASE, toOurs, toPino } from './loggers.ts'

/** Numbers of tasks are less. */
const TASKS = 1_024
const JOB = 'reminders'
const TENANT = 'tenant-17'

const OURS = 'createLogger'
const PINO = 'pino'

/** What a child costs. */
export const children: MicroGroup = {
  id: 'child',
  title: 'A child and its line',
  about:
    'One operation makes a child with two fields and writes one line with it, as a worker does for each of its jobs. The floor joins texts.',
  floor: lines('by hand', (sink) => (times) => {
    for (let i = 0; i < times; i++)
      sink.write(
        `{"level":30,"time":${Date.now()},"env":"${BASE.env}","service":"${BASE.service}","job":"${JOB}","tenant":"${TENANT}","taskId":${i % TASKS},"msg":"reminded"}\n`,
      )
  }),
  ours: [
    lines(OURS, (sink) => {
      const logger = toOurs(sink)
      return (times) => {
        for (let i = 0; i < times; i++)
          logger.child({ job: JOB, tenant: TENANT }).info({ taskId: i % TASKS }, 'reminded')
      }
    }),
  ],
  peers: [
    lines(PINO, (sink) => {
      const logger = toPino(sink)
      return (times) => {
        for (let i = 0; i < times; i++)
          logger.child({ job: JOB, tenant: TENANT }).info({ taskId: i % TASKS }, 'reminded')
      }
    }),
  ],
  expected: [LAST + 1, { ...BASE, level: 'info', job: JOB, tenant: TENANT, taskId: LAST, msg: 'reminded' }],
  toleranceRatio: 0.05,
  claims: [costsAtMost(OURS, 1.5, PINO, 'What a line may cost that has secrets: its fields are searched as well.')],
}
