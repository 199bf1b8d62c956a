import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

const folder = mkdtempSync(join(tmpdir(), 'health-'))
const HEALTH_FILE = join(folder, 'health.json')
const queue = { ping: async (): Promise<string> => 'PONG' }

// #region
import { createHealth } from '@breakwater/health'

// A worker without HTTP. Its probe: breakwater-health --file /run/health.json --max-age-ms 30000
const health = createHealth()
health.add('queue', () => queue.ping())
health.writeTo(HEALTH_FILE, { everyMs: 10_000 })
// #endregion

while (!existsSync(HEALTH_FILE)) await delay(5)
assert.equal(JSON.parse(readFileSync(HEALTH_FILE, 'utf8')).status, 'healthy')
await health.close()
rmSync(folder, { recursive: true })
