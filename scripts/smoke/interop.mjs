import assert from 'node:assert/strict'
import { subscribe } from 'node:diagnostics_channel'

/** Two copies of a package in one process, as when one dependency imports it and another requires it. */
export function interop(loaded) {
  const [esm, cjs] = [loaded.import['@breakwater/core'], loaded.require['@breakwater/core']]
  if (esm === undefined) return
  assert.notEqual(esm.createEmitter, cjs.createEmitter)
  recognisesErrors(esm, cjs)
  recognisesErrors(cjs, esm)
  hearsBoth(esm, cjs)
}

function recognisesErrors(thrower, catcher) {
  class BusyError extends thrower.OperationalError {
    name = 'BusyError'
    code = 'ERR_BUSY'
  }
  const error = new BusyError('Cannot go on')
  assert.ok(catcher.hasCode(error, 'ERR_BUSY'))
  assert.ok(!(error instanceof catcher.OperationalError))
}

function hearsBoth(...copies) {
  const heard = []
  const channel = `smoke:${Math.random()}`
  const onMessage = ({ source }) => heard.push(source)
  subscribe(channel, onMessage)
  for (const [index, { createEmitter }] of copies.entries())
    createEmitter(channel, `copy ${index}`).emit({ type: 'a:b' })
  assert.deepEqual(heard, ['copy 0', 'copy 1'])
}
