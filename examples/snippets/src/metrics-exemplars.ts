import assert from 'node:assert/strict'

const span = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 }
const trace = { getActiveSpan: () => ({ spanContext: () => span }) } // of @opentelemetry/api

// #region
import { createMetrics } from '@breakwater/metrics'

const metrics = createMetrics({
  names: 'opentelemetry', // http_server_request_duration_seconds{http_request_method,…}
  exemplars: () => trace.getActiveSpan()?.spanContext(),
})
// #endregion

assert.ok((await metrics.text()).includes('# TYPE http_server_request_duration_seconds histogram'))
await metrics.close()
