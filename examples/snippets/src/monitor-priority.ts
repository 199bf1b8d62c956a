import assert from 'node:assert/strict'

// #region
import { createMonitor } from '@breakwater/monitor'

const monitor = createMonitor({
  shed: {
    priority: ({ method, path }) => {
      if (path === '/livez' || path === '/metrics' || path === '/events') return 'vital' // /events stays open for long
      if (path.startsWith('/checkout')) return 'high'
      return method === 'GET' ? 'low' : 'normal'
    },
  },
})
// #endregion

assert.equal(monitor.underPressure, false)
await monitor.close()
