import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

delete process.env.KUBERNETES_SERVICE_HOST
const [, file = '', wanted, folder = mkdtempSync(join(tmpdir(), 'crashes-'))] = process.argv

// #region
import { readFileSync } from 'node:fs'
import { type Crashes, createShutdown } from '@breakwater/shutdown'

const crashFile = `${folder}/crashes.json`

/** What a process manager, or the next start, can know of the ones before. */
function readCrashes(): Crashes | undefined {
  try {
    return JSON.parse(readFileSync(crashFile, 'utf8'))
  } catch {
    return undefined // none, since the last clean end
  }
}

const shutdown = createShutdown({ crashFile, crashDeadlineMs: 500 })
const { crashes = 0, lastError } = readCrashes() ?? {}
if (crashes >= 2) console.log(`Started without plugins after ${crashes} crashes, the last: ${lastError}`)
// #endregion

function start(how: string): { status: number | null; stdout: string; stderr: string } {
  const env = { ...process.env, NODE_OPTIONS: '' }
  return spawnSync(process.execPath, [file, how, folder], { encoding: 'utf8', timeout: 10_000, env })
}

if (wanted === 'crash')
  setTimeout(() => {
    throw new Error('a plugin broke')
  })
else if (wanted === 'stop') await shutdown.begin()
else {
  assert.equal(start('crash').status, 1)
  assert.match(start('crash').stderr, /^Uncaught Error: a plugin broke/)
  assert.equal(readCrashes()?.crashes, 2)
  const { status, stdout } = start('stop')
  assert.deepEqual([status, stdout], [0, 'Started without plugins after 2 crashes, the last: Error: a plugin broke\n'])
  assert.equal(existsSync(crashFile), false)
  rmSync(folder, { recursive: true })
}
