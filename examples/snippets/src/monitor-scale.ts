import assert from 'node:assert/strict'

const deployment = { replicas: (): number => 3 }

// #region
import type { HttpEndpoint } from '@breakwater/core'
import { createMonitor } from '@breakwater/monitor'

const monitor = createMonitor({
  scale: { targetRatio: 0.7, replicas: () => deployment.replicas(), maxReplicas: 20 },
})
const replicas: HttpEndpoint = () => ({ status: 200, body: JSON.stringify({ replicas: monitor.wantedReplicas }) })
// #endregion

assert.deepEqual(await replicas({} as never), { status: 200, body: '{"replicas":1}' })
await monitor.close()
