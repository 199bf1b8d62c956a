import { costsAtMost } from '../../src/claims.ts'
import type { MicroGroup, MicroSubject } from '../../src/micro/subject.ts'
import { toOurs, toPino } from './loggers.ts'
import { createSink, type Sink } from './sink.ts'

/** Writes at a level that is off so many times, and adds up what it was given. */
type Loop = (times: number) => number

function silent(name: string, create: (sink: Sink) => Loop): MicroSubject {
  return {
    name,
    create() {
      const sink = createSink()
      const loop = create(sink)
      let sum = 0
      return {
        run(times) {
          sum = (sum + loop(times)) | 0
        },
        check() {
          this.run(10)
          return [sum, sink.lines()]
        },
      }
    },
  }
}

const OURS = 'createLogger'
const PINO = 'pino'

/** Nothing, with the parameters of what writes. */
function nothing(_fields: unknown, _message: string): void {}

/** What a line costs that is not written. */
export const disabled: MicroGroup = {
  id: 'disabled',
  title: 'A line whose level is off',
  about:
    'One operation is a line at `debug` while only `info` and above is written. The floor calls an empty function, which the engine leaves out: what is left is the loop.',
  floor: silent('an empty function', () => (times) => {
    let sum = 0
    for (let i = 0; i < times; i++) {
      nothing({ taskId: i }, 'looked at')
      sum = (sum + i) | 0
    }
    return sum
  }),
  ours: [
    silent(OURS, (sink) => {
      const logger = toOurs(sink)
      return (times) => {
        let sum = 0
        for (let i = 0; i < times; i++) {
          logger.debug({ taskId: i }, 'looked at')
          sum = (sum + i) | 0
        }
        return sum
      }
    }),
  ],
  peers: [
    silent(PINO, (sink) => {
      const logger = toPino(sink)
      return (times) => {
        let sum = 0
        for (let i = 0; i < times; i++) {
          logger.debug({ taskId: i }, 'looked at')
          sum = (sum + i) | 0
        }
        return sum
      }
    }),
  ],
  // 0 to 9.
  expected: [45, 0],
  claims: [costsAtMost(OURS, 2, PINO, 'They are left in the code because they are next to free.')],
}
