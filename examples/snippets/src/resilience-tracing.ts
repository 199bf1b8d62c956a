import assert from 'node:assert/strict'

const started: string[] = []
const startSpan = (name: string): { end(): void } => {
  started.push(name)
  return { end: () => void started.push('end') }
}

// #region
import { tracingChannel } from 'node:diagnostics_channel'
import type { OperationMessage } from '@breakwater/core'
import { createRetry, createTimeout, EXECUTE_CHANNEL, pipeline } from '@breakwater/resilience'

const spans = new WeakMap<object, { end(): void }>()
tracingChannel<OperationMessage>(EXECUTE_CHANNEL).subscribe({
  start: (message) => void spans.set(message, startSpan(message.source)),
  asyncEnd: (message) => spans.get(message)?.end(),
  end: () => {},
  asyncStart: () => {},
  error: () => {},
})

const search = pipeline(createRetry({ name: 'search' }), createTimeout({ name: 'search', limitMs: 1_000 }))
await search.execute(() => 'found')
// #endregion

assert.deepEqual(started, ['search', 'end'])
