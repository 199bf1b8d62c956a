import { BreakwaterModule, type BreakwaterOptions } from '@breakwater/nest'
import { Controller, type DynamicModule, Get, type INestApplication, type Type } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { ExpressAdapter } from '@nestjs/platform-express'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import type { Platform } from './transport.ts'

/** Both, for `describe.each`. */
export const PLATFORMS: readonly Platform[] = ['express', 'fastify']

/** An application that does not listen yet. */
export function createApp(platform: Platform, module: DynamicModule): Promise<INestApplication> {
  const adapter = platform === 'express' ? new ExpressAdapter() : new FastifyAdapter()
  return NestFactory.create(module, adapter as ExpressAdapter, { logger: false, abortOnError: false })
}

/** A root module. */
export function rootWith(options: BreakwaterOptions, rest: Partial<DynamicModule> = {}): DynamicModule {
  const { imports = [], ...others } = rest
  return { module: class AppModule {}, imports: [BreakwaterModule.forRoot(options), ...imports], ...others }
}

/** Lets an application listen. */
export async function listen(app: INestApplication): Promise<string> {
  await app.listen(0, '127.0.0.1')
  return (await app.getUrl()).replace('[::1]', '127.0.0.1')
}

/** A decorator of methods of whatever type. */
type AnyDecorator = (host: object, name: string, descriptor: never) => void

/** Applies decorators to a method, the lowest first, as the compiler would. */
export function decorate(type: Type, name: string, ...decorators: readonly AnyDecorator[]): void {
  const descriptor = Object.getOwnPropertyDescriptor(type.prototype, name) as PropertyDescriptor
  for (const decorator of decorators.toReversed()) decorator(type.prototype, name, descriptor as never)
  Object.defineProperty(type.prototype, name, descriptor)
}

/** A controller that answers `GET <prefix>/<path>`. */
export function controllerOf(prefix: string, path: string, answer: () => unknown): Type {
  class AnyController {
    handle(): unknown {
      return answer()
    }
  }
  Controller(prefix)(AnyController)
  decorate(AnyController, 'handle', Get(path))
  return AnyController
}
