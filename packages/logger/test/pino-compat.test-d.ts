import fastify, { type FastifyBaseLogger } from 'fastify'
import { type Logger as Pino, pino } from 'pino'
import { expectTypeOf, test } from 'vitest'
import { createDestination, createLogger, type Destination, type PinoLogger, type PinoStream } from '../src/index.ts'

test('a real pino is one of ours, and ours is one for Fastify', () => {
  expectTypeOf<Pino>().toExtend<PinoLogger>()
  expectTypeOf<Pino<'audit'>>().toExtend<PinoLogger>()
  expectTypeOf<PinoLogger>().toExtend<FastifyBaseLogger>()
  expectTypeOf(createLogger).toBeCallableWith({ pino: pino() })
  fastify({ loggerInstance: createLogger().pino })
})

test('destinations of ours and of pino are streams', () => {
  expectTypeOf<Destination>().toExtend<PinoStream>()
  expectTypeOf<ReturnType<typeof pino.destination>>().toExtend<PinoStream>()
  expectTypeOf<ReturnType<typeof pino.transport>>().toExtend<PinoStream>()
  expectTypeOf(pino).toBeCallableWith({}, createDestination())
})
