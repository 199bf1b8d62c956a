import assert from 'node:assert/strict'
import { subscribe } from 'node:diagnostics_channel'

export async function smoke({ '@breakwater/core': core, '@breakwater/core/testing': testing }) {
  hearsOnObjectAndChannel(core)
  estimatesQuantiles(core)
  refuses(core)
  namesBadOptions(core)
  await tracesOperations(core)
  await core.systemClock.sleep(1)
  await movesManualClock(testing)
}

function hearsOnObjectAndChannel({ createEmitter }) {
  const heard = []
  const channel = `smoke:${Math.random()}`
  const onMessage = ({ source, event }) => heard.push(`${source} ${event.type}`)
  subscribe(channel, onMessage)
  const events = createEmitter(channel, 'one')
  const stop = events.subscribe(({ type }) => heard.push(type))
  events.emit({ type: 'thing:happened' })
  stop()
  events.emit({ type: 'thing:again' })
  assert.deepEqual(heard, ['thing:happened', 'one thing:happened', 'one thing:again'])
}

function estimatesQuantiles({ createHistogram }) {
  const histogram = createHistogram()
  for (let ms = 1; ms <= 1_000; ms++) histogram.record(ms / 1_000)
  assert.ok(Math.abs(histogram.quantile(0.99) / 0.99 - 1) <= 0.05, `p99 of 0.001 … 1 is ${histogram.quantile(0.99)}`)
  const { bounds, counts, count } = histogram.snapshot()
  assert.equal(counts[bounds.indexOf(0.5)], 500)
  assert.equal(count, 1_000)
}

function refuses({ RefusalError, hasCode }) {
  class BusyError extends RefusalError {
    name = 'BusyError'
    code = 'ERR_BUSY'
    get message() {
      return 'Cannot call "db" as 3 wait: try later'
    }
  }
  const error = new BusyError()
  assert.ok(hasCode(error, 'ERR_BUSY') && !hasCode(error, 'ERR_OTHER'))
  assert.equal(error.stack, 'BusyError: Cannot call "db" as 3 wait: try later')
}

function namesBadOptions({ positiveInteger }) {
  assert.throws(() => positiveInteger('maxEntries', 0), {
    name: 'RangeError',
    message: 'Expected `maxEntries` to be a positive integer, got 0',
  })
}

async function tracesOperations({ createOperation }) {
  const name = `smoke:${Math.random()}`
  const seen = []
  subscribe(`tracing:${name}:start`, ({ source, key }) => seen.push(`${source} ${key}`))
  const operation = createOperation(name, 'one')
  assert.equal(await operation.trace({ key: 'a' }, async () => 'done'), 'done')
  assert.deepEqual(seen, ['one a'])
}

async function movesManualClock({ createManualClock }) {
  const clock = createManualClock()
  let isAwake = false
  const sleeping = clock.sleep(1_000).then(() => {
    isAwake = true
  })
  await clock.advanceAsync(999)
  assert.equal(isAwake, false)
  await clock.advanceAsync(1)
  await sleeping
}
