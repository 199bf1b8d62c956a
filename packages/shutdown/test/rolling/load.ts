import { Agent, request } from 'node:http'
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import { createRandom } from '@breakwater/testing/simulation'

const CLIENTS = 32
const LONGEST_WORK_MS = 30
const LONGEST_PAUSE_MS = 20
const LIMIT_MS = 10_000
/** How many of the requests are such that nobody may send them twice. */
const POSTS_SHARE = 1 / 4

/** What became of a load. */
export interface LoadReport {
  readonly sent: number
  readonly answered: number
  /** Requests with an answer by each instance, by its generation. */
  readonly byGeneration: Readonly<Record<string, number>>
  /** Those that got something else than their answer: their number, and what. */
  readonly wrong: readonly Wrong[]
}

/** A request that did not get its answer. */
export interface Wrong {
  readonly id: string
  readonly what: string
}

/** A load that runs. */
export interface Load {
  /** How many were answered so far. */
  readonly answered: number
  /** Sends nothing new. Resolves when all that was sent is answered, or is not. */
  stop(): Promise<LoadReport>
}

/** Sends requests from many clients, each on a connection that it keeps, until it is stopped. */
export function startLoad(url: string, seed: number): Load {
  const byGeneration: Record<string, number> = {}
  const wrong: Wrong[] = []
  const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS })
  let sent = 0
  let answered = 0
  let isOver = false

  async function run(client: number): Promise<void> {
    const random = createRandom(seed * 1_000 + client)
    for (let count = 0; !isOver; count++) {
      const id = `${seed}.${client}.${count}`
      const path = `/work?ms=${Math.floor(random() * LONGEST_WORK_MS)}&id=${id}`
      sent++
      const answer = await send(url + path, random() < POSTS_SHARE ? 'POST' : 'GET', agent)
      const [generation = '', told] = answer.split(' ')
      if (told === id) {
        answered++
        byGeneration[generation] = (byGeneration[generation] ?? 0) + 1
      } else wrong.push({ id, what: answer })
      await sleep(random() * LONGEST_PAUSE_MS)
      // Timers come before sockets: that nginx has ended the connection may be there, and unread.
      await turn()
    }
  }
  const clients = Array.from({ length: CLIENTS }, (_, client) => run(client))
  return {
    get answered() {
      return answered
    },
    async stop() {
      isOver = true
      await Promise.all(clients)
      agent.destroy()
      return { sent, answered, byGeneration, wrong }
    },
  }
}

function send(url: string, method: 'GET' | 'POST', agent: Agent): Promise<string> {
  return new Promise((resolve) => {
    const sent = request(url, { method, agent, timeout: LIMIT_MS }, async (response) => {
      try {
        const body = (await response.setEncoding('utf8').toArray()).join('')
        resolve(response.statusCode === 200 ? body : `status ${response.statusCode}`)
      } catch (error) {
        resolve(`half of an answer: ${(error as Error).message}`)
      }
    })
    sent.once('timeout', () => sent.destroy(new Error(`no answer within ${LIMIT_MS} ms`)))
    sent.once('error', (error: NodeJS.ErrnoException) => resolve(`no answer: ${error.code ?? error.message}`))
    sent.end(method === 'POST' ? 'x'.repeat(100) : undefined)
  })
}
