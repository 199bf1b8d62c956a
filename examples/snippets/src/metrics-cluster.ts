import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'

const PORT = 0

// #region
import cluster from 'node:cluster'
import { createServer } from 'node:http'
import { toListener } from '@breakwater/express'
import { answerCluster, createClusterAggregate, createMetrics } from '@breakwater/metrics'

if (cluster.isPrimary) {
  const { endpoint } = createClusterAggregate() // adds up all workers, also those that have gone
  const scraped = createServer(toListener({ endpoints: { '/metrics': endpoint } }, (_, response) => response.end()))
  scraped.listen(PORT, '127.0.0.1')
  for (let worker = 0; worker < 2; worker++) cluster.fork()
  await check(scraped)
} else {
  const metrics = createMetrics()
  answerCluster(metrics)
  await work(metrics)
}
// #endregion

async function work(metrics: ReturnType<typeof createMetrics>): Promise<void> {
  metrics.counter({ name: 'jobs_total', help: 'Jobs.' }).add(3)
  process.send?.('ready')
}

async function check(scraped: ReturnType<typeof createServer>): Promise<void> {
  let ready = 0
  await new Promise<void>((resolve) => {
    cluster.on('message', (_, message) => {
      if (message === 'ready' && ++ready === 2) resolve()
    })
  })
  const text = await (await fetch(`http://127.0.0.1:${(scraped.address() as AddressInfo).port}/metrics`)).text()
  assert.match(text, /^jobs_total 6$/m)
  const gone = Object.values(cluster.workers ?? {}).map((worker) => once(worker as NonNullable<typeof worker>, 'exit'))
  cluster.disconnect()
  await Promise.all(gone)
  scraped.close()
  scraped.closeAllConnections()
}
