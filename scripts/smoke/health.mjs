import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { subscribe } from 'node:diagnostics_channel'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

export async function smoke({
  '@breakwater/health': health,
  '@breakwater/health/checks': checks,
  '@breakwater/core/testing': { createManualClock },
}) {
  await answers(health, createManualClock())
  await asks(health, checks)
  await servesLiveness(health)
  namesWhatIsWrong(health, checks)
}

async function answers({ createHealth, HEALTH_CHANNEL, isCheckTimeoutError }, clock) {
  const name = `smoke ${Math.random()}`
  const heard = []
  subscribe(HEALTH_CHANNEL, ({ source, event }) => source === name && heard.push(event))
  const health = createHealth({ name, clock, showsDetails: () => true })
  health.add('hangs', () => new Promise(() => {})).add('mail', () => 'PONG', { critical: false })
  const asked = health.readiness({})
  await clock.advanceAsync(400)
  const { status, headers, body } = await asked
  assert.deepEqual([status, headers['cache-control'], body], [503, 'no-store', '{"status":"unhealthy"}'])
  const changed = heard.find(({ check }) => check === 'hangs')
  assert.ok(isCheckTimeoutError(changed.cause))
  assert.equal((await health.liveness({})).status, 200)
  assert.match((await health.detailed({})).body, /took over 400 ms/)
  await health.close()
}

async function asks({ createHealth }, { diskCheck, pingCheck }) {
  await closing(createHealth({ limitMs: 5_000 }), async (health) => {
    health
      .add('disk', diskCheck({ path: '.', minFreeRatio: 0 }))
      .add('redis', pingCheck({ ping: async () => 'PONG' }))
      .add('page', () => true, { dependsOn: ['redis'] })
    const { status } = await health.check()
    assert.equal(status, 'healthy')
  })
}

/** The thread, asked by the command as it is installed. */
async function servesLiveness({ createHealth }) {
  await closing(createHealth(), async (health) => {
    const { port } = await health.serveLiveness({ port: 0, host: '127.0.0.1' })
    const file = createRequire(import.meta.url).resolve('@breakwater/health/package.json')
    const { bin } = JSON.parse(readFileSync(file, 'utf8'))
    const command = join(dirname(file), bin['breakwater-health'])
    const run = (...args) => promisify(execFile)(process.execPath, [command, '--limit-ms', '10000', ...args])
    assert.deepEqual(await run(`http://127.0.0.1:${port}/livez`), { stdout: '', stderr: '' })
    const wrong = await run('--wrong').catch((error) => error)
    assert.equal(wrong.code, 2)
    assert.match(wrong.stderr, /Usage: breakwater-health/)
  })
}

function namesWhatIsWrong({ createHealth }, { tcpCheck }) {
  const health = createHealth()
  health.add('a', () => {})
  assert.throws(() => health.add('a', () => {}), /"a" twice/)
  assert.throws(() => createHealth({ limitMs: 0 }), /`limitMs`.* 0/)
  assert.throws(() => tcpCheck({ port: 0 }), RangeError)
}

/** The oldest Node has no `await using`. */
async function closing(health, run) {
  try {
    await run(health)
  } finally {
    await health.close()
  }
}
