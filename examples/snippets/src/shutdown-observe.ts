import assert from 'node:assert/strict'

delete process.env.KUBERNETES_SERVICE_HOST
const lines: string[] = []
const log = (line: string): void => void lines.push(line)

// #region
import { subscribe } from 'node:diagnostics_channel'
import type { ChannelMessage } from '@breakwater/core'
import { createShutdown, SHUTDOWN_CHANNEL, type ShutdownEvent } from '@breakwater/shutdown'

const shutdown = createShutdown({ name: 'tasks' })

shutdown.subscribe((event) => {
  if (event.type === 'shutdown:started') log(`stopping: ${event.reason.signal ?? event.reason.kind}`)
  if (event.type === 'hook:failed') log(`${event.hook} ${event.outcome}: ${event.error}`)
  // The process ends right after this one: what is written here has to be written synchronously.
  if (event.type === 'shutdown:finished') {
    const { outcome, exitCode, servers, hooks } = event.report
    log(`stopped: ${outcome}, exit code ${exitCode}, ${servers.length} servers, ${hooks.length} hooks`)
  }
})

// … or in a module that knows nothing of it.
subscribe(SHUTDOWN_CHANNEL, (message) => {
  const { source, event } = message as ChannelMessage<ShutdownEvent>
  log(`${source} ${event.type}`)
})
// #endregion

shutdown.add('log', () => Promise.reject(new Error('disk full')))
process.once('exit', (code) => {
  assert.equal(code, 1)
  process.exitCode = 0
  assert.deepEqual(lines, [
    'stopping: SIGTERM',
    'tasks shutdown:started',
    'tasks shutdown:draining',
    'tasks shutdown:drained',
    'log failed: Error: disk full',
    'tasks hook:failed',
    'stopped: failed, exit code 1, 0 servers, 1 hooks',
    'tasks shutdown:finished',
  ])
})
process.kill(process.pid, 'SIGTERM')
setTimeout(() => {}, 1_000) // something to do
