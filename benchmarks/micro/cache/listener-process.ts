// Holds a cache that hears of what another process deletes:
// node listener-process.ts <kind> <Redis> <name>
// It is sent a key, loads it, answers 'ready', and then the time at which the key is gone from its first layer.
import { LISTENERS } from './listener.ts'

const [kind = '', url = '', name = ''] = process.argv.slice(2)
const listener = await LISTENERS[kind]?.(url, name)
// Whoever asked is gone.
process.on('disconnect', () => process.exit())

process.on('message', async (key: string) => {
  await listener?.load(key)
  const look = (): void => {
    // A clock that all processes of a machine share.
    if (listener?.has(key) === true) setImmediate(look)
    else process.send?.(String(process.hrtime.bigint()))
  }
  process.send?.('ready', look)
})
process.send?.('open')
