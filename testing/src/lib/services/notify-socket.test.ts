import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { type NotifySocketOptions, startNotifySocket } from './notify-socket.ts'
import { useService } from './use.ts'

const run = promisify(execFile)

test.for<NotifySocketOptions>([{}, { isAbstract: true }])(
  'startNotifySocket(%o) hears what is told',
  async (options, { skip }) => {
    const socket = await startNotifySocket(options)
    if ('skip' in socket) return skip(socket.skip)
    await using _ = socket
    expect(socket.url.startsWith('@')).toBe(options.isAbstract === true)
    const env = { PATH: process.env.PATH, NOTIFY_SOCKET: socket.url }
    await run('systemd-notify', ['READY=1'], { env })
    await run('systemd-notify', ['STOPPING=1', 'EXTEND_TIMEOUT_USEC=5'], { env })
    const heard = (): readonly string[] => socket.notes.map(({ text }) => text)
    await expect.poll(heard).toEqual(['READY=1', 'STOPPING=1 EXTEND_TIMEOUT_USEC=5'])
  },
)

test('startNotifySocket() says why there is none', async () => {
  const result = await startNotifySocket({ env: { PATH: '', TESTS_NO_INSTALL: '1' } })
  // Where it is installed, it is found without a PATH.
  if ('skip' in result) expect(result.skip).toMatch(/apt-get install systemd|no systemd on/)
  else await result.stop()
})

const socket = useService('systemd-notify', () => startNotifySocket())

test('stop() leaves nothing', async () => {
  expect(existsSync(socket.url)).toBe(true)
  await socket.stop()
  await socket.stop()
  expect(existsSync(socket.url)).toBe(false)
})
