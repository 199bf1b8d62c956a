import { expect, test } from 'vitest'
import type { LiveEvent } from './events.ts'
import { logLive } from './log-live.ts'

test('logLive() says of each kind of event what it means, in a line', () => {
  const lines: unknown[][] = []
  const write =
    (level: string) =>
    (...args: unknown[]): unknown =>
      lines.push([level, ...args])
  let tell: (event: LiveEvent) => void = () => undefined
  const boards = {
    subscribe(listener: typeof tell) {
      tell = listener
      return () => undefined
    },
  }
  logLive(boards, { info: write('info'), warn: write('warn'), error: write('error') } as never)
  const error = new Error('connect ECONNREFUSED\n127.0.0.1:1')
  tell({ type: 'hints:failed', error })
  tell({ type: 'hints:recovered' })
  tell({ type: 'follower:failed', board: 'main', error })
  expect(lines).toEqual([
    ['warn', 'Changes by other instances are seen up to half a second late: connect ECONNREFUSED 127.0.0.1:1'],
    ['info', 'Changes by other instances are seen at once again'],
    ['error', { err: error }, 'Whoever followed board "main" failed, and is told nothing more'],
  ])
})
