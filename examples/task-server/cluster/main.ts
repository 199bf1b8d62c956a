// npm run start:cluster -- [instances]
//
// Serves through nginx, from several instances (3 if not said) on one PostgreSQL and one Redis: those of DATABASE_URL and REDIS_URL, or
// of its own, which are gone afterwards. SIGHUP replaces all instances, one after the other; SIGINT and SIGTERM end everything.
import { parseArgs } from 'node:util'
import { startCluster } from './cluster.ts'

/** What of our environment is for the instances, beside what the cluster decides. */
const PASSED_ON = [
  'NODE_ENV',
  'LOG_LEVEL',
  'MAX_TASKS',
  'MAX_CONNECTIONS',
  'CORS_ORIGIN',
  'SESSION_SECRET',
  'ADMIN_TOKEN',
  'RATE_LIMIT',
  'OTEL_EXPORTER_OTLP_ENDPOINT',
]
const MOST_INSTANCES = 16

async function main(): Promise<void> {
  const { positionals } = parseArgs({ allowPositionals: true })
  const count = Number(positionals[0] ?? 3)
  if (!Number.isInteger(count) || count < 1 || count > MOST_INSTANCES)
    throw new RangeError(`Expected the number of instances to be from 1 to ${MOST_INSTANCES}, got ${positionals[0]}`)
  const variables = Object.fromEntries(
    PASSED_ON.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  )
  const { promise: isOver, resolve: end } = Promise.withResolvers<number>()
  // From the beginning: what was asked for while it starts is done after that.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => end(0))
  let isAskedToReplace = false
  let replaceAll = (): void => {
    isAskedToReplace = true
  }
  process.on('SIGHUP', () => replaceAll())

  const { DATABASE_URL: databaseUrl, REDIS_URL: redisUrl } = process.env
  const cluster = await startCluster({ instances: count, databaseUrl, redisUrl, variables })
  if ('skip' in cluster) throw new Error(`Cannot start a cluster: ${cluster.skip}`)
  await using _ = cluster
  say(`${count} instances serve at ${cluster.url}: ${cluster.instances.map(({ url }) => url).join(', ')}`)
  say(`What they log is in ${cluster.logs}. SIGHUP (to process ${process.pid}) replaces them, Ctrl-C ends everything`)

  let turn: Promise<unknown> = Promise.resolve()
  replaceAll = () => {
    turn = turn.then(() => replaceEach(cluster.replace, count)).catch((error: Error) => say(error.message))
  }
  if (isAskedToReplace) replaceAll()
  void cluster.broken.then(({ how }) => {
    say(`An instance ended by itself with ${how}`)
    end(1)
  })
  process.exitCode = await isOver
  say('Ending')
  await turn
}

async function replaceEach(
  replace: (index: number) => Promise<{ readonly instance: { readonly readyInMs: number }; readonly end: End }>,
  count: number,
): Promise<void> {
  for (let index = 0; index < count; index++) {
    const { instance, end } = await replace(index)
    const times = `ready after ${Math.round(instance.readyInMs)} ms, the old one ended with ${end.how} after`
    say(`Instance ${index + 1} of ${count} is replaced: ${times} ${Math.round(end.tookMs)} ms`)
  }
}

/** How an instance ended. */
interface End {
  readonly how: number | string
  readonly tookMs: number
}

function say(line: string): void {
  process.stdout.write(`[cluster] ${line}\n`)
}

await main().catch((error: unknown) => {
  process.stderr.write(`[cluster] ${error instanceof Error ? error.message : error}\n`)
  process.exitCode = 1
})
