import { once } from 'node:events'
import type { HttpExchange, HttpHook } from '@breakwater/core'
import { BreakwaterModule, createToken, InjectToken, provide } from '@breakwater/nest'
import { BulkheadFullError, CircuitOpenError, TimeoutError } from '@breakwater/resilience'
import { Controller, Get, HttpException, type INestApplication, Version, VersioningType } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { WsAdapter } from '@nestjs/platform-ws'
import { Test } from '@nestjs/testing'
import { WebSocketGateway } from '@nestjs/websockets'
import { afterEach, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { controllerOf, createApp, decorate, listen, PLATFORMS, rootWith } from './support/app.ts'

const apps: Pick<INestApplication, 'close'>[] = []

afterEach(async () => {
  for (const app of apps.splice(0)) await app.close()
})

/** Notes what ended, and tells when there is something. */
function recorder(): { readonly hook: HttpHook; readonly ended: string[] } {
  const ended: string[] = []
  return { ended, hook: { onEnd: (exchange: HttpExchange) => void ended.push(`${exchange.route} ${exchange.status}`) } }
}

describe.each(PLATFORMS)('on %s', (platform) => {
  test('forRoot() tells hooks the whole pattern, with global prefix, version and the prefix of the controller', async () => {
    const { hook, ended } = recorder()
    class Tasks {
      find(): string {
        return 'a task'
      }
    }
    Controller('tasks')(Tasks)
    decorate(Tasks, 'find', Get(':id'), Version('2'))
    const app = await createApp(platform, rootWith({ hooks: [hook] }, { controllers: [Tasks] }))
    apps.push(app)
    app.setGlobalPrefix('api').enableVersioning({ type: VersioningType.URI })
    const origin = await listen(app)
    expect(await (await fetch(`${origin}/api/v2/tasks/7`)).text()).toBe('a task')
    await (await fetch(`${origin}/api/v3/tasks/7`)).text()
    await expect.poll(() => ended).toEqual(['/api/v2/tasks/:id 200', 'undefined 404'])
  })

  test('forRoot() answers at endpoints as they are named, without the global prefix', async () => {
    const app = await createApp(platform, rootWith({ endpoints: { '/livez': () => ({ status: 200, body: 'alive' }) } }))
    apps.push(app)
    app.setGlobalPrefix('api')
    const origin = await listen(app)
    expect(await (await fetch(`${origin}/livez`)).text()).toBe('alive')
    expect((await fetch(`${origin}/livez`, { method: 'HEAD' })).status).toBe(200)
    expect((await fetch(`${origin}/api/livez`)).status).toBe(404)
  })

  test('forRoot() mounts hooks before bodies are parsed', async () => {
    const gate: HttpHook = { onStart: () => ({ status: 503, body: 'busy' }) }
    const app = await createApp(platform, rootWith({ hooks: [gate] }))
    apps.push(app)
    const origin = await listen(app)
    const response = await fetch(`${origin}/`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{ no JSON',
    })
    expect([response.status, await response.text()]).toEqual([503, 'busy'])
  })

  test.each([
    ['an open circuit', () => new CircuitOpenError('db', 2_100), 503, '3'],
    ['a full bulkhead', () => new BulkheadFullError('db', 0), 503, '1'],
    ['a timeout', () => new TimeoutError('db', 100), 504, null],
  ])('forRoot() has %s answered as a problem', async (_, create, status, retryAfter) => {
    const failing = controllerOf('tasks', '', () => Promise.reject(create()))
    const app = await createApp(platform, rootWith({}, { controllers: [failing] }))
    apps.push(app)
    const response = await fetch(`${await listen(app)}/tasks`)
    expect(response.status).toBe(status)
    expect(response.headers.get('content-type')).toBe('application/problem+json')
    expect(response.headers.get('retry-after')).toBe(retryAfter)
    expect(await response.json()).toEqual({ type: 'about:blank', title: expect.any(String), status })
  })

  test('forRoot() leaves all other errors to Nest', async () => {
    const controllers = [
      controllerOf('teapot', '', () => Promise.reject(new HttpException('short and stout', 418))),
      controllerOf('broken', '', () => Promise.reject(new Error('secret'))),
    ]
    const app = await createApp(platform, rootWith({}, { controllers }))
    apps.push(app)
    const origin = await listen(app)
    expect(await (await fetch(`${origin}/teapot`)).json()).toEqual({ statusCode: 418, message: 'short and stout' })
    expect(await (await fetch(`${origin}/broken`)).json()).toEqual({
      statusCode: 500,
      message: 'Internal server error',
    })
  })

  test('forRoot() refuses to be imported twice', async () => {
    const twice = rootWith({}, { imports: [BreakwaterModule.forRoot()] })
    await expect(createApp(platform, twice)).rejects.toThrow(
      'Cannot mount Breakwater as this application has it already: import BreakwaterModule.forRoot() once',
    )
  })

  test('forRoot() tells server hooks of a gateway that a connection leaves HTTP', async () => {
    const upgrades: (string | undefined)[] = []
    class Gateway {}
    WebSocketGateway({ path: '/live' })(Gateway)
    const serverHooks = [{ onUpgrade: ({ url }: { url?: string | undefined }) => void upgrades.push(url) }]
    const app = await createApp(platform, rootWith({ serverHooks }, { providers: [Gateway] }))
    apps.push(app)
    app.useWebSocketAdapter(new WsAdapter(app))
    const socket = new WebSocket(`${(await listen(app)).replace('http', 'ws')}/live`)
    await once(socket, 'open')
    expect(upgrades).toEqual(['/live'])
    socket.close()
    await once(socket, 'close')
  })

  test('forRootAsync() waits for what the factory needs, and injects what it provides', async () => {
    const GREETING = createToken<string>('greeting')
    const { hook, ended } = recorder()
    class Settings {
      readonly name = 'world'
    }
    class Greeter {
      readonly #greeting: string
      constructor(greeting: string) {
        this.#greeting = greeting
      }
      greet(): string {
        return this.#greeting
      }
    }
    InjectToken(GREETING)(Greeter, undefined, 0)
    Controller('greeting')(Greeter)
    decorate(Greeter, 'greet', Get())
    const app = await createApp(platform, {
      module: class AppModule {},
      imports: [
        BreakwaterModule.forRootAsync({
          imports: [{ module: class SettingsModule {}, providers: [Settings], exports: [Settings] }],
          inject: [Settings],
          tokens: [GREETING],
          useFactory: async ({ name }: Settings) => ({ hooks: [hook], provides: [provide(GREETING, `hello ${name}`)] }),
        }),
      ],
      controllers: [Greeter],
    })
    apps.push(app)
    expect(await (await fetch(`${await listen(app)}/greeting`)).text()).toBe('hello world')
    await expect.poll(() => ended).toEqual(['/greeting 200'])
  })
})

test('forRootAsync() names the token that the factory does not provide', async () => {
  const MISSING = createToken<string>('missing')
  const module = BreakwaterModule.forRootAsync({ tokens: [MISSING], useFactory: () => ({}) })
  await expect(createApp('express', { module: class AppModule {}, imports: [module] })).rejects.toThrow(
    'Expected `provides` to have a value for the token "missing", got none',
  )
})

test('forRoot() mounts on an application that is made later, as in the tests of Nest', async () => {
  const { hook, ended } = recorder()
  const root = rootWith({ hooks: [hook] }, { controllers: [controllerOf('tasks', '', () => 'all')] })
  const module = await Test.createTestingModule({ imports: [root] }).compile()
  const app = module.createNestApplication({ logger: false })
  apps.push(app)
  expect(await (await fetch(`${await listen(app)}/tasks`)).text()).toBe('all')
  await expect.poll(() => ended).toEqual(['/tasks 200'])
})

test('forRoot() provides without HTTP as well', async () => {
  const ANSWER = createToken<number>('answer')
  const module = rootWith({ hooks: [recorder().hook], provides: [provide(ANSWER, 42)] })
  const context = await NestFactory.createApplicationContext(module, { logger: false, abortOnError: false })
  apps.push(context)
  expect(context.get(ANSWER, { strict: false })).toBe(42)
})
