import { toPlugin } from '@breakwater/fastify'
import { type FastifyPluginCallback, fastify } from 'fastify'
import { expectTypeOf, test } from 'vitest'

test('the real Fastify accepts our plugin, over every kind of server', () => {
  fastify().register(toPlugin({}))
  fastify({ https: {} }).register(toPlugin({}))
  fastify({ http2: true }).register(toPlugin({}))
  expectTypeOf(toPlugin({})).toExtend<FastifyPluginCallback>()
})
