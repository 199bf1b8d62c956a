import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '@breakwater/testing/services'
import { expect, test, vi } from 'vitest'
import { createFleet, type Instance } from './rolling/instances.ts'

const SOAK = Number(process.env.SOAK ?? 1)
const STOPS = 3 * SOAK
/** More than any machine does in a second. */
const PER_SECOND = 1_500
const BUSY_MS = 2
/** So many clients wait for an answer, most of them in the backlog; the others give up. */
const MOST_OPEN = 400
const WARM_MS = 700
const OVERLAP_MS = 300
const STOP_LIMIT_MS = 10_000

vi.setConfig({ testTimeout: 30_000 * SOAK })

interface Crowd {
  readonly answered: number
  /** Connections that were made, and then got no answer. */
  readonly lost: number
  stop(): Promise<void>
}

/** Clients that come at their own pace, each with a connection for one request. */
function sendCrowd(port: number): Crowd {
  let [open, answered, lost, isOver] = [0, 0, 0, false]

  function come(): void {
    open++
    let text = ''
    const socket = connect(port, '127.0.0.1')
    socket.on('connect', () => {
      socket.write(`GET /work?busyMs=${BUSY_MS} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
    })
    socket.on('data', (chunk) => {
      text += chunk
    })
    // What follows says what was lost.
    socket.on('error', () => {})
    socket.on('close', () => {
      open--
      if (text.startsWith('HTTP/1.1 200')) answered++
      else lost++
    })
  }

  async function run(): Promise<void> {
    let dueMs = performance.now()
    while (!isOver) {
      for (; dueMs < performance.now(); dueMs += 1_000 / PER_SECOND) if (open < MOST_OPEN) come()
      await sleep(1)
    }
    while (open > 0) await sleep(10)
  }
  const ran = run()
  return {
    get answered() {
      return answered
    },
    get lost() {
      return lost
    },
    stop() {
      isOver = true
      return ran
    },
  }
}

/** What came of replacing an instance under more load than two of them can take. */
async function replaceUnderLoad(subject: string, stops: number): Promise<Crowd> {
  const port = await freePort()
  const fleet = await createFleet(subject, { DELAY_MS: '0', REUSE_PORT: '1' }, STOP_LIMIT_MS)
  let current: Instance = await fleet.start(port)
  const crowd = sendCrowd(port)
  for (let stop = 0; stop < stops; stop++) {
    await sleep(WARM_MS)
    const next = await fleet.start(port)
    await sleep(OVERLAP_MS)
    current.tell()
    await current.ended()
    current = next
  }
  await crowd.stop()
  return crowd
}

test.runIf(process.platform === 'linux')(
  'a process that has more to do than it can lets in whom the kernel has let in, and makes way for its successor',
  async () => {
    const { answered, lost } = await replaceUnderLoad('instance-ours', STOPS)
    console.info(`${answered} answered, ${lost} lost over ${STOPS} stops`)
    expect(answered).toBeGreaterThan(100 * STOPS)
    // One may come between the last look and the close.
    expect(lost).toBeLessThanOrEqual(STOPS)
  },
)

test.runIf(process.platform === 'linux')('Node alone resets all that wait', async () => {
  const { lost } = await replaceUnderLoad('instance-bare', 1)
  expect(lost).toBeGreaterThan(10)
})
