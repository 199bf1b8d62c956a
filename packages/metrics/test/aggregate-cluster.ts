import cluster, { type Worker } from 'node:cluster'
import { once } from 'node:events'
import { answerCluster, createClusterAggregate } from '../src/lib/aggregate/cluster.ts'
import { sourceOf } from './aggregate-source.ts'

// Three workers; each line on standard output is a scrape, as JSON. Run by aggregate.integration.test.ts.

if (cluster.isPrimary) await runPrimary()
else runWorker()

async function runPrimary(): Promise<void> {
  const failures: string[] = []
  const onFailure = (name: string, error: unknown): void => void failures.push(`${name}: ${(error as Error).message}`)
  const aggregate = createClusterAggregate({ onFailure })
  const scrape = async (): Promise<void> => console.log(JSON.stringify({ text: await aggregate.text(), failures }))
  const [first, second, third] = await Promise.all([fork(1), fork(2), fork(4)])

  await scrape()
  first.process.kill('SIGKILL')
  await once(first, 'exit')
  await scrape()
  second.process.kill('SIGSTOP')
  await scrape()
  second.process.kill('SIGKILL')
  await once(second, 'exit')
  third.send({ leave: 100 })
  await once(third, 'exit')
  await scrape()
  await aggregate.close()
}

async function fork(value: number): Promise<Worker> {
  const worker = cluster.fork({ VALUE: String(value) })
  await once(worker, 'message')
  return worker
}

function runWorker(): void {
  let value = Number(process.env.VALUE)
  const answering = answerCluster(sourceOf(() => value))
  process.on('message', async (message: { leave?: number }) => {
    if (message.leave === undefined) return
    value = message.leave
    await answering.close()
    process.disconnect()
  })
  process.send?.('ready')
}
