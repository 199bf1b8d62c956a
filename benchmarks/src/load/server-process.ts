// One server of a load bench, in a process of its own: node server-process.ts <bench file> <group> <subject>
import { importGroup } from '../catalogue.ts'
import { listen } from './listen.ts'
import type { ServerStart, ServerUsage } from './servers.ts'
import type { Served } from './subject.ts'

const [file = '', groupId = '', subjectName = ''] = process.argv.slice(2)
const LIFETIME_MS = 1_800_000

async function serve(): Promise<{ readonly served: Served; readonly port: number }> {
  const found = await importGroup(file, groupId)
  if (found.kind !== 'load') throw new TypeError(`Expected group "${groupId}" to be one of servers`)
  const { floor, ours, peers } = found.group
  const subject = [floor, ...ours, ...peers].find(({ name }) => name === subjectName)
  if (subject === undefined) throw new RangeError(`Cannot find "${subjectName}" in group "${groupId}"`)
  const served = await subject.create()
  return { served, port: await listen(served.server) }
}

const { served, port } = await serve().catch((error: Error) => {
  process.send?.({ error: error.message } satisfies ServerStart, () => process.exit(1))
  return new Promise<never>(() => {})
})

process.on('message', async (question) => {
  // So that what an earlier slice left is not collected at this one's expense.
  if (question === 'collect') globalThis.gc?.({ type: 'minor' })
  const { user, system } = process.cpuUsage()
  // Asking for what was done costs something as well: never right before a slice.
  const work = question === 'usage' ? ((await served.work?.()) ?? 0) : 0
  process.send?.({ cpuMs: (user + system) / 1000, work } satisfies ServerUsage)
})
process.on('disconnect', () => process.exit())
setTimeout(() => process.exit(1), LIFETIME_MS).unref()
process.send?.({ port } satisfies ServerStart)
