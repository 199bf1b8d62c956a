import assert from 'node:assert/strict'

// #region
import { createMonitor } from '@breakwater/monitor'

const monitor = createMonitor({
  leaks: { warmUpMs: 600_000 },
  forceGc: { everyMs: 300_000 }, // when memory is critical
  heapSnapshot: { directory: '/var/heaps', everyMs: 3_600_000, keep: 2 }, // the same; stops the process for seconds
})
// #endregion

assert.deepEqual(monitor.snapshot().leak?.isSuspected, false)
await monitor.close()
