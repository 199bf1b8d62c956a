import assert from 'node:assert/strict'

const lines: string[] = []
const log = (line: string): void => void lines.push(line)

// #region
import { createMetrics } from '@breakwater/metrics'

const metrics = createMetrics({ maxSeriesPerFamily: 1_000 })

metrics.subscribe((event) => {
  if (event.type === 'series:capped') log(`${event.family} has ${event.maxSeries} series, and more are wanted`)
  if (event.type === 'collect:failed') log(`${event.collector} is not shown: ${event.error}`)
})
// #endregion

const counter = metrics.counter({ name: 'ids_total', help: 'A mistake.', labels: ['id'] })
for (let id = 0; id < 2_000; id++) counter.with({ id: String(id) }).add()
metrics.watch({
  kind: 'cache',
  name: 'tasks',
  measure() {
    throw new Error('closed')
  },
})
assert.ok((await metrics.text()).includes('ids_total{id="overflow"} 1000'))
assert.deepEqual(lines, ['ids_total has 1000 series, and more are wanted', 'cache:tasks is not shown: Error: closed'])
await metrics.close()
