import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const folder = mkdtempSync(join(tmpdir(), 'logger-'))
const LOG_FILE = join(folder, 'tasks', 'app.log')

// #region
import { createDestination, createLogger } from '@breakwater/logger'

const destination = createDestination({
  path: LOG_FILE,
  bufferBytes: 65_536, // lines wait for each other, for 100 ms at most; they are written when the process ends
  rotate: { maxBytes: 10_485_760, everyMs: 86_400_000, keepFiles: 30 }, // also at each midnight, UTC
})
const logger = createLogger({ service: 'tasks', destination })

destination.subscribe((event) => {
  if (event.type === 'destination:failed') console.error(`the log goes to stderr: ${event.error}`)
})
// #endregion

logger.info('waits')
assert.equal(readFileSync(LOG_FILE, 'utf8'), '')
logger.flush()
assert.equal(JSON.parse(readFileSync(LOG_FILE, 'utf8')).msg, 'waits')
await logger.close()
await destination.close()
assert.deepEqual(readdirSync(join(folder, 'tasks')), ['app.log'])
rmSync(folder, { recursive: true })
