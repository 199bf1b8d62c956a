import { CircuitOpenError } from '@breakwater/resilience'
import { type ArgumentsHost, Controller, Get, Res } from '@nestjs/common'
import { expect, test } from 'vitest'
import { ProblemFilter } from '../src/lib/problem-filter.ts'
import { createApp, decorate, listen, PLATFORMS, rootWith } from './support/app.ts'

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
