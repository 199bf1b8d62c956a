import { MessageChannel } from 'node:worker_threads'
import { expect, onTestFinished, test } from 'vitest'
import { answerCluster, answerThread, createThreadAggregate } from './aggregates.ts'
import { createMetrics, type Metrics } from './metrics.ts'

function create(): Metrics {
  const metrics = createMetrics({ process: false })
  onTestFinished(() => metrics.close())
  metrics.counter({ name: 'jobs_total', help: 'Jobs.' }).add(2)
  return metrics
}

test('createThreadAggregate() adds up what threads have, and its own', async () => {
  const { port1, port2 } = new MessageChannel()
  const aggregate = createThreadAggregate({ own: create() })
  onTestFinished(async () => {
    await aggregate.close()
    port1.close()
  })
  aggregate.add(port1)
  answerThread(create(), port2)
  expect(await aggregate.text()).toContain('jobs_total 4\n')
})

test('answerCluster() refuses what createMetrics() did not make', () => {
  expect(() => answerCluster({} as Metrics)).toThrow('Expected `metrics` to be what `createMetrics` made')
})
