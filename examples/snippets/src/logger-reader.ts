import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDestination, createLogger } from '@breakwater/logger'

const folder = mkdtempSync(join(tmpdir(), 'logger-'))
const LOG_FILE = join(folder, 'app.log')
const destination = createDestination({ path: LOG_FILE })
const logger = createLogger({ service: 'tasks', destination, hear: false })
for (let n = 1; n <= 30; n++) {
  const status = n % 10 === 0 ? 503 : 200
  const ended = { outcome: 'finished', durationMs: n, status } as const
  logger.withContext({ requestId: `r-${n}` }, () => logger.request('GET', ended, { dependency: 'Payments' }))
}
await logger.close()
await destination.close()
const chunks: Uint8Array[] = []
const response = { write: (chunk: Uint8Array): void => void chunks.push(chunk) }

// #region
import { createLogReader, type LogQuery } from '@breakwater/logger/reader'

const reader = createLogReader({ path: LOG_FILE }) // and what was rotated beside it

const query: LogQuery = { from: Date.now() - 3_600_000, level: 'warn', text: 'payments' }
const page = await reader.search(query, { order: 'newest', limit: 2 })
const older = await reader.search(query, { order: 'newest', limit: 2, cursor: page.cursor })

const { intervals } = await reader.count({ fields: { event: 'request' } }, { everyMs: 3_600_000, by: 'status' })

for await (const chunk of reader.export({ fields: { requestId: 'r-7' } })) response.write(chunk) // NDJSON
// #endregion

const idsOf = ({ lines }: typeof page): unknown[] => lines.map(({ fields }) => fields.requestId)
assert.deepEqual([idsOf(page), idsOf(older)], [['r-30', 'r-20'], ['r-10']])
assert.equal(older.complete, true)
const totals: Record<string, number> = {}
for (const { groups } of intervals)
  for (const [status, count] of Object.entries(groups)) totals[status] = (totals[status] ?? 0) + count
assert.deepEqual(totals, { 200: 27, 503: 3 })
assert.equal(JSON.parse(Buffer.concat(chunks).toString()).requestId, 'r-7')
rmSync(folder, { recursive: true })
