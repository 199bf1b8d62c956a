import { execFile } from 'node:child_process'
import { expect, onTestFinished, test } from 'vitest'
import { hearCrashes } from './crashes.ts'

test('hearCrashes() hears of errors, and stops', () => {
  const others = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  onTestFinished(() => {
    for (const other of others) process.on('uncaughtException', other)
  })
  const heard: unknown[] = []
  const stop = hearCrashes((error) => heard.push(error))
  const error = new Error('boom')
  process.emit('uncaughtException', error)
  stop()
  expect([heard, process.listenerCount('uncaughtException')]).toEqual([[error], 0])
})

test('hearCrashes() writes what was thrown to stderr, whatever it is', async () => {
  const script = `
    import { hearCrashes } from ${JSON.stringify(new URL('./crashes.ts', import.meta.url).href)}
    hearCrashes(() => {})
    setImmediate(() => { throw { code: 'E_ODD' } })
    Promise.reject(new TypeError('nobody caught me'))
  `
  const stderr = await new Promise<string>((resolve) => {
    execFile(process.execPath, ['--input-type=module', '--eval', script], (_error, _stdout, text) => resolve(text))
  })
  expect(stderr).toContain("Uncaught { code: 'E_ODD' }")
  expect(stderr).toContain('Uncaught TypeError: nobody caught me\n    at')
})
