import { BreakwaterModule, closeOnShutdown, createToken } from '@breakwater/nest'
import { type DynamicModule, type INestApplication, Inject, type InjectionToken, Module } from '@nestjs/common'
import type { NestFactory } from '@nestjs/core'
import { expectTypeOf, test } from 'vitest'

test('Nest 11 accepts our module and tokens', () => {
  expectTypeOf(BreakwaterModule.forRoot()).toExtend<DynamicModule>()
  expectTypeOf<Parameters<(typeof NestFactory)['create']>[0]>().not.toBeNever()
  Module({ imports: [BreakwaterModule.forRoot()] })
  const token = createToken<string>('text')
  expectTypeOf(token).toExtend<InjectionToken>()
  Inject(token)
  expectTypeOf(closeOnShutdown).toBeCallableWith({} as INestApplication)
})
