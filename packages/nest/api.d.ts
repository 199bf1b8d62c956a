// What @breakwater/nest offers, written by `pnpm check api --update`. A difference here decides the next version.

declare module '@breakwater/nest' {
  import type { Clock, HttpEndpoint, HttpHook, HttpServer, HttpServerHook, Policy } from '@breakwater/core'
  import type { DynamicModule, FactoryProvider } from '@nestjs/common'

  export type AsyncMethod = (...args: any[]) => Promise<unknown>
  export interface BreakwaterAsyncOptions<args extends readonly unknown[] = never[]> {
    readonly imports?: DynamicModule['imports'] | undefined
    readonly inject?: FactoryProvider['inject'] | undefined
    readonly useFactory: (...args: args) => BreakwaterOptions | Promise<BreakwaterOptions>
    readonly tokens?: readonly Token<unknown>[] | undefined
  }
  export class BreakwaterModule {
    static forRoot(options?: BreakwaterOptions): DynamicModule
    static forRootAsync<args extends readonly unknown[]>({ imports, inject, tokens, useFactory, }: BreakwaterAsyncOptions<args>): DynamicModule
  }
  export interface BreakwaterOptions {
    readonly hooks?: readonly HttpHook[] | undefined
    readonly endpoints?: Readonly<Record<string, HttpEndpoint>> | undefined
    readonly serverHooks?: readonly HttpServerHook[] | undefined
    readonly provides?: readonly Provided[] | undefined
    readonly shutdown?: ShutdownPort | undefined
    readonly dependsOn?: readonly string[] | undefined
    readonly clock?: Clock | undefined
  }
  export type CacheCallOptions<cache extends CachePort> = NonNullable<Parameters<cache['getOrSet']>[2]>
  export type CacheKey<cache extends CachePort> = Parameters<cache['getOrSet']>[0]
  export interface CachePort {
    getOrSet(key: string, loader: (context: any) => any, options?: object): Promise<unknown>
  }
  export type CacheValue<cache extends CachePort> = Awaited<ReturnType<cache['getOrSet']>>
  export function Cached<cache extends CachePort, args extends readonly unknown[]>(token: Token<cache>, toKey: (...args: args) => CacheKey<cache>, options?: CacheCallOptions<cache>): CachedDecorator<args, CacheValue<cache>>
  export type CachedDecorator<args extends readonly unknown[], value> = <method extends AsyncMethod>(host: object, name: string | symbol, descriptor: TypedPropertyDescriptor<method> & (((...args: args) => string) extends (...args: Parameters<method>) => string ? Awaited<ReturnType<method>> extends value ? unknown : never : never)) => void
  export interface ClosableApplication {
    get(token: symbol, options: {
      readonly strict: false
    }): unknown
    close(): Promise<unknown>
  }
  export type Fits<value, wanted> = value extends wanted ? unknown : never
  export function InjectToken<value>(token: Token<value>): TokenDecorator<value>
  export type PolicyDecorator = <method extends AsyncMethod>(host: object, name: string | symbol, descriptor: TypedPropertyDescriptor<method>) => void
  export interface Provided<value = unknown> {
    readonly token: Token<value>
    readonly value: value
  }
  export interface ShutdownPort {
    readonly started: boolean
    serve(server: HttpServer): unknown
    add(name: string, hook: () => unknown, options: {
      readonly dependsOn: readonly string[]
    }): unknown
    begin(): Promise<unknown>
  }
  export type Token<value> = symbol & {
    readonly '~value'?: value
  }
  export interface TokenDecorator<value> {
    <type extends abstract new (...args: never[]) => unknown, index extends number>(type: type, key: undefined, index: index & Fits<value, ConstructorParameters<type>[index]>): void
    <host extends object, key extends string | symbol>(host: host, key: key & (key extends keyof host ? Fits<value, host[key]> : unknown)): void
  }
  export function WithPolicy(token: Token<Policy>): PolicyDecorator
  export function closeOnShutdown(app: ClosableApplication): void
  export function createToken<value>(name: string): Token<value>
  export function provide<value>(token: Token<value>, value: NoInfer<value>): Provided<value>
}
