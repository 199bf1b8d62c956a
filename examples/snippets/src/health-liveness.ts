import assert from 'node:assert/strict'

process.env.HEALTH_PORT = '0'

// #region
import { createHealth } from '@breakwater/health'

const health = createHealth()
// On HEALTH_PORT, from a thread of its own: it answers while the main loop cannot.
const { port } = await health.serveLiveness({ stallMs: 10_000 })
// #endregion

const answer = await fetch(`http://127.0.0.1:${port}/livez`)
assert.deepEqual([answer.status, await answer.text()], [200, '{"status":"healthy"}'])
await health.close()
