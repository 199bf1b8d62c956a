import assert from 'node:assert/strict'
import { subscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { createServer } from 'node:http'

export async function smoke({ '@breakwater/shutdown': shutdown, '@breakwater/core/testing': { createManualClock } }) {
  await endsInOrder(shutdown, createManualClock())
  await answersWhatIsUnderWay(shutdown)
  namesWhatIsWrong(shutdown)
  process.exitCode = undefined
}

/** Leaves the process that it is in alone. */
const APART = { signals: [], handleCrashes: false, exit: false, drainDelayMs: 0 }

async function endsInOrder({ createShutdown, isHookTimeoutError, isShutdownStartedError, SHUTDOWN_CHANNEL }, clock) {
  const name = `order ${Math.random()}`
  const heard = []
  subscribe(SHUTDOWN_CHANNEL, ({ source, event }) => source === name && heard.push(event.type))
  const shutdown = createShutdown({ ...APART, name, drainDelayMs: 1_000, deadlineMs: 2_000, clock })
  const order = []
  shutdown
    .serve({ clients: [] })
    .add('cache', () => order.push('cache'), { dependsOn: ['redis'] })
    .add('redis', () => order.push('redis'))
    .add('hangs', () => new Promise(() => {}), { limitMs: 500 })
  const end = shutdown.begin()
  assert.ok(shutdown.started && !shutdown.signal.aborted)
  assert.throws(() => shutdown.add('late', () => {}), isShutdownStartedError)
  await clock.advanceAsync(1_000)
  assert.ok(shutdown.signal.aborted)
  await clock.advanceAsync(500)
  const { outcome, exitCode, durationMs, hooks } = await end
  assert.deepEqual([outcome, exitCode, durationMs], ['forced', 70, 1_500])
  assert.deepEqual(order, ['cache', 'redis'])
  assert.ok(isHookTimeoutError(hooks[2].error))
  assert.deepEqual(heard, [
    'shutdown:started',
    'shutdown:draining',
    'shutdown:drained',
    'hook:failed',
    'shutdown:finished',
  ])
}

async function answersWhatIsUnderWay({ createShutdown }) {
  const shutdown = createShutdown({ ...APART, lingerMs: 50 })
  const server = createServer((_request, response) => {
    shutdown.signal.addEventListener('abort', () => setTimeout(() => response.end('answered'), 20))
  })
  shutdown.serve(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const asked = fetch(`http://127.0.0.1:${server.address().port}`, { signal: AbortSignal.timeout(10_000) })
  await once(server, 'request')
  const end = shutdown.begin()
  const response = await asked
  assert.equal(response.headers.get('connection'), 'close')
  assert.equal(await response.text(), 'answered')
  const { outcome, servers } = await end
  assert.deepEqual([outcome, servers[0].answered, server.listening], ['clean', 1, false])
}

function namesWhatIsWrong({ createShutdown }) {
  const shutdown = createShutdown(APART)
  assert.throws(() => createShutdown({ ...APART, lingerMs: -1 }), /`lingerMs`.* -1/)
  assert.throws(() => shutdown.serve({}), TypeError)
  shutdown.add('a', () => {}, { dependsOn: ['b'] })
  assert.throws(() => shutdown.add('b', () => {}, { dependsOn: ['a'] }), /"b" -> "a" -> "b"/)
}
