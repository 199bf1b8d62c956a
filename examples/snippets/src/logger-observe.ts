import assert from 'node:assert/strict'

const lines: Record<string, unknown>[] = []
const destination = { write: (line: string): void => void lines.push(JSON.parse(line)) }
const alerts: string[] = []
const alert = (text: string): void => void alerts.push(text)

// #region
import { createLogger } from '@breakwater/logger'
import { createCircuitBreaker } from '@breakwater/resilience'

const logger = createLogger({
  service: 'tasks',
  destination,
  hear: { levels: { 'circuit:opened': 'error', 'circuit:half-opened': false } },
})
logger.subscribe((event) => {
  if (event.type === 'security:suspected') alert(`${event.kind} by ${event.client ?? 'somebody'}`)
})

// Nobody hands it a logger: what it tells is heard.
const payments = createCircuitBreaker({ name: 'payments', failureThreshold: 1 })
await payments.execute(() => Promise.reject(new Error('no route'))).catch(() => {})

logger.security('session-forged', { client: '203.0.113.9' })
const numbers = logger.measure()
// #endregion

await logger.close()
assert.deepEqual(
  lines.map(({ level, event, source, msg }) => [level, event, source, msg]),
  [
    ['error', 'circuit:opened', 'payments', 'payments: circuit opened'],
    ['warn', 'security:session-forged', undefined, 'security: session-forged'],
  ],
)
assert.deepEqual(alerts, ['session-forged by 203.0.113.9'])
const written = numbers.filter(({ name }) => name === 'logger_lines_total')
assert.deepEqual(
  written.map(({ labels, value }) => [labels?.level, value]),
  [
    ['error', 1],
    ['warn', 1],
  ],
)
