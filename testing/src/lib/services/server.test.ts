import { existsSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { afterEach, expect, test, vi } from 'vitest'
import { isOpen } from './fixtures/held.ts'
import { type RunningServer, type ServerPlan, startServer } from './server.ts'

// Processes are started, which takes as long as it takes.
vi.setConfig({ expect: { poll: { timeout: 15_000 } } })

const servers: RunningServer[] = []
const blockers: Server[] = []

/** A server that listens, and logs as others do where it cannot. */
const listens = `
  const server = require('node:net').createServer().listen(process.argv[1], '127.0.0.1')
  server.on('error', (error) => { console.log('Address already in use'); process.exit(1) })
`

function plan(overrides: Partial<ServerPlan> = {}): ServerPlan {
  return {
    name: 'Trial',
    stopSignal: 'SIGTERM',
    command: (port) => ({ file: process.execPath, args: ['-e', listens, String(port)] }),
    isReady: (port) => isOpen(port),
    ...overrides,
  }
}

async function start(overrides: Partial<ServerPlan> = {}): Promise<RunningServer> {
  const server = await startServer(plan(overrides))
  servers.push(server)
  return server
}

/** Takes a port. With an address instead of a name, `listen` has it when it returns. */
function block(port: number): Server {
  const blocker = createServer().listen(port, '127.0.0.1')
  blockers.push(blocker)
  return blocker
}

afterEach(async () => {
  for (const blocker of blockers.splice(0)) blocker.close()
  await Promise.all(servers.splice(0).map((server) => server.stop()))
})

test('startServer() tries another port when somebody else was quicker', async () => {
  const ports: number[] = []
  const server = await start({
    command(port) {
      if (ports.push(port) === 1) block(port)
      return plan().command(port)
    },
    isReady: async (port) => port !== ports[0] && isOpen(port),
  })
  expect([ports.length, server.port]).toEqual([2, ports[1]])
})

test('startServer() rejects with the log of a server that does not start, and leaves nothing', async () => {
  let directory = ''
  const starting = start({
    prepare: async (guard) => {
      directory = guard.directory
    },
    command: () => ({ file: 'sh', args: ['-c', 'echo no such setting; exit 2'] }),
    isReady: async () => false,
  })
  await expect(starting).rejects.toThrow('Cannot start Trial as it ended with 2: no such setting')
  expect([directory, existsSync(directory)]).toEqual([expect.stringContaining('breakwater-trial-'), false])
})

test('startServer() gives a server nothing of the environment but what it needs', async () => {
  process.env.PGDATA = '/somewhere'
  const starting = start({ command: () => ({ file: 'sh', args: ['-c', 'env; exit 1'] }), isReady: async () => false })
  await expect(starting).rejects.toThrow(/^(?!.*PGDATA)/s)
  delete process.env.PGDATA
})

test('kill() closes the port, restart() opens the same one', async () => {
  const server = await start()
  const { port, pid } = server
  await server.kill()
  expect(await isOpen(port)).toBe(false)
  await server.restart()
  expect([await isOpen(port), server.port, server.pid === pid]).toEqual([true, port, false])
})

test('restart() ends a server that still runs', async () => {
  const server = await start()
  const { pid } = server
  await server.restart()
  expect(() => process.kill(pid, 0)).toThrow('ESRCH')
})

test('restart() waits for its port', async () => {
  let starts = 0
  const server = await start({
    command(port) {
      starts++
      return plan().command(port)
    },
    isReady: async (port) => blockers.length === 0 && isOpen(port),
  })
  await server.kill()
  const blocker = block(server.port)
  const restarting = server.restart()
  await expect.poll(() => starts).toBeGreaterThan(2)
  blocker.close()
  blockers.length = 0
  await restarting
  expect(await isOpen(server.port)).toBe(true)
})
