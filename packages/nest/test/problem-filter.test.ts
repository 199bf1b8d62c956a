import { CircuitOpenError } from '@breakwater/resilience'
import { type ArgumentsHost, Catch, Controller, Get, Res } from '@nestjs/common'
import { APP_FILTER, HttpAdapterHost } from '@nestjs/core'
import { expect, test } from 'vitest'
import { ProblemFilter } from '../src/lib/problem-filter.ts'
import { controllerOf, createApp, decorate, listen, PLATFORMS, rootWith } from './support/app.ts'

test.each(PLATFORMS)('a refusal that comes when the head is out has its response cut on %s', async (platform) => {
  class Late {
    // biome-ignore lint/suspicious/noExplicitAny: both platforms'
    async answer(response: any): Promise<void> {
      const node = response.raw ?? response
      node.writeHead(200, { 'content-length': '100' })
      await new Promise((resolve) => node.write('part', resolve))
      throw new CircuitOpenError('db', 100)
    }
  }
  Controller('late')(Late)
  decorate(Late, 'answer', Get())
  Res()(Late.prototype, 'answer', 0)
  const app = await createApp(platform, rootWith({}, { controllers: [Late] }))
  const response = await fetch(`${await listen(app)}/late`)
  expect(response.status).toBe(200)
  await expect(response.text()).rejects.toThrow('terminated')
  await app.close()
})

test('a refusal in GraphQL is what the filter returns', () => {
  const error = new CircuitOpenError('db', 100)
  const host = { getType: () => 'graphql' } as unknown as ArgumentsHost
  expect(new ProblemFilter({} as never).catch(error, host)).toBe(error)
})

test.each(PLATFORMS)(
  'a filter for everything that the root module provides gets what is left on %s',
  async (platform) => {
    const caught: unknown[] = []
    class Everything {
      readonly #host: HttpAdapterHost
      constructor(host: HttpAdapterHost) {
        this.#host = host
      }
      catch(error: Error, host: ArgumentsHost): void {
        caught.push(error.message)
        this.#host.httpAdapter.reply(host.switchToHttp().getResponse(), 'caught', 418)
      }
    }
    Catch()(Everything)
    const everything = {
      provide: APP_FILTER,
      inject: [HttpAdapterHost],
      useFactory: (host: HttpAdapterHost) => new Everything(host),
    }
    const controllers = [
      controllerOf('refused', '', () => Promise.reject(new CircuitOpenError('db', 2_100))),
      controllerOf('broken', '', () => Promise.reject(new Error('secret'))),
    ]
    const app = await createApp(platform, rootWith({}, { controllers, providers: [everything] }))
    const origin = await listen(app)
    const refused = await fetch(`${origin}/refused`)
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '3'])
    expect((await fetch(`${origin}/broken`)).status).toBe(418)
    expect((await fetch(`${origin}/nowhere`)).status).toBe(418)
    expect(caught).toEqual(['secret', expect.stringContaining('/nowhere')])
    await app.close()
  },
)
