import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { type FastifyInstance, fastify } from 'fastify'
import { type FigureGroup, type FigureSubject, isAtMost } from '../../src/figures/group.ts'
import { listen } from '../../src/load/listen.ts'
import type { Mount, OverloadSubject } from '../../src/overload/subject.ts'
import { type Idleness, watchIdle, whyNoWakeUps } from '../../src/overload/wake-ups.ts'
import { NONE, none, ORACLE, OURS, ours, peers } from './subjects.ts'

const WATCHED_MS = 20_000
const BARE_MS = 8_000
/** Start-up goes on for a moment after a server listens. */
const SETTLE_MS = 2_000

const WAKE_UPS = 'wake-ups per second'
const CPU = 'CPU in %'

function idle({ name, script }: OverloadSubject): FigureSubject {
  return {
    name,
    async measure(scale) {
      const bare = await watch(none.script, BARE_MS * scale, scale)
      const own = await watch(script, WATCHED_MS * scale, scale)
      return {
        [WAKE_UPS]: own.wakeUpsPerSecond - bare.wakeUpsPerSecond,
        [CPU]: 100 * (own.cpuRatio - bare.cpuRatio),
      }
    },
  }
}

async function watch(script: string, forMs: number, scale: number): Promise<Idleness> {
  const app: FastifyInstance = fastify()
  const { mount } = (await import(pathToFileURL(script).href)) as { mount: Mount }
  await mount(app, 'cpu')
  app.get('/tasks/:id', async () => ({ id: 7 }))
  await app.ready()
  await listen(app.server)
  await sleep(SETTLE_MS * scale)
  const idleness = await watchIdle(forMs)
  await app.close()
  return idleness
}

/** What it costs to be ready. */
export const idleness: FigureGroup = {
  id: 'idle',
  title: 'A server that nobody asks anything',
  about: `How often the operating system woke a thread of the process, and the CPU that it used, in ${WATCHED_MS / 1_000} seconds; less than that, what the same process did before with a server that sheds nothing. The row *${NONE}* is that server once more: what it shows is noise. All processes wait at the same time.`,
  figures: [WAKE_UPS, CPU],
  ours: [idle(ours)],
  peers: peers.filter(({ name }) => name !== ORACLE).map(idle),
  claims: [
    isAtMost(OURS, WAKE_UPS, 2, 'Who waits should let the processor sleep.'),
    isAtMost(OURS, CPU, 0.05, 'Hundreds of idle processes share a machine.'),
  ],
  processes: 1,
  isAtOnce: true,
  whyNot: async () => whyNoWakeUps(),
}
