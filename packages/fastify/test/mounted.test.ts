import type { HttpHook } from '@breakwater/core'
import { toPlugin } from '@breakwater/fastify'
import { type FastifyInstance, fastify } from 'fastify'
import { expect, onTestFinished, test } from 'vitest'

const REFUSAL = 'Cannot mount a hook twice on one server as every request would be told to it twice: mount it once'

function createApp(): FastifyInstance {
  const app = fastify()
  onTestFinished(() => app.close())
  return app
}

test('toPlugin() refuses a hook that is mounted on the server, whatever the instance', async () => {
  const hook: HttpHook = {}
  const app = createApp()
  await app.register(toPlugin({ hooks: [hook] }))
  await expect(app.register(toPlugin({ hooks: [{}, hook] }))).rejects.toThrow(REFUSAL)

  const other = createApp()
  other.register(async (child) => void child.register(toPlugin({ hooks: [hook] })))
  other.register(async (child) => void child.register(toPlugin({ serverHooks: [{ onRequest() {} }], hooks: [hook] })))
  await expect(other.ready()).rejects.toThrow(REFUSAL)
})

test('toPlugin() refuses a server hook that is mounted on the server', async () => {
  const app = createApp()
  const serverHook = { onRequest() {} }
  await app.register(toPlugin({ serverHooks: [serverHook] }))
  await expect(app.register(toPlugin({ serverHooks: [serverHook] }))).rejects.toThrow(REFUSAL)
})

test('toPlugin() may be registered several times with different hooks, and with the same on several servers', async () => {
  const told: string[] = []
  const [outer, inner] = ['outer', 'inner'].map(
    (name): HttpHook => ({ onEnd: ({ path }) => told.push(`${name} ${path}`) }),
  )
  const app = createApp()
  await app.register(toPlugin({ hooks: [outer as HttpHook] }))
  await app.register(toPlugin({ hooks: [inner as HttpHook], endpoints: { '/livez': () => ({ status: 200 }) } }))
  await app.inject('/livez')
  await expect.poll(() => told.toSorted()).toEqual(['inner /livez', 'outer /livez'])

  const other = createApp()
  await other.register(toPlugin({ hooks: [outer as HttpHook] }))
  await other.inject('/')
  await expect.poll(() => told.length).toBe(3)
})

test('toPlugin() leaves a server on which nothing was mounted as it was', async () => {
  const hook: HttpHook = {}
  const app = createApp()
  await app.register(toPlugin({ hooks: [hook] }))
  await app.close()
  const next = fastify({ serverFactory: () => app.server })
  await next.register(toPlugin({ hooks: [hook] }))
})

test('toPlugin() passes on that an endpoint has a path that is taken', async () => {
  const endpoints = { '/livez': () => ({ status: 200 }) }
  const app = createApp()
  await app.register(toPlugin({ endpoints }))
  await expect(app.register(toPlugin({ endpoints }))).rejects.toThrow("already declared for route '/livez'")
})
