import type { DynamicModule, FactoryProvider, OnApplicationShutdown, OnModuleInit, ValueProvider } from '@nestjs/common'
import { APP_FILTER, HttpAdapterHost, ModulesContainer } from '@nestjs/core'
import { CLOSING, Closing } from './closing.ts'
import { attachTo, mount } from './mount.ts'
import { type BreakwaterAsyncOptions, type BreakwaterOptions, type ResolvedOptions, resolveOptions } from './options.ts'
import { ProblemFilter } from './problem-filter.ts'
import type { Provided, Token } from './token.ts'

const OPTIONS = Symbol('options of Breakwater')

/** Nest runs hooks of modules by their distance from the root, the farthest first to start with and last to end with. */
const FIRST_TO_START = Number.POSITIVE_INFINITY
const FIRST_TO_END = -1

/**
 * Mounts hooks, endpoints and shutdown on an application, on Express or on Fastify. Import it once, in the root module: what
 * it provides can be injected everywhere.
 */
// biome-ignore lint/complexity/noStaticOnlyClass: Nest tells modules by their class
export class BreakwaterModule {
  /**
   * Makes the module.
   *
   * @param options What to mount.
   *
   * @example
   * ```ts
   * BreakwaterModule.forRoot({ hooks: [metrics.hook], endpoints: { '/metrics': metrics.endpoint }, shutdown })
   * ```
   */
  static forRoot(options: BreakwaterOptions = {}): DynamicModule {
    const resolved = resolveOptions(options)
    return toModule(
      { provide: OPTIONS, useValue: resolved },
      resolved.provides.map(({ token }) => token),
    )
  }

  /**
   * Makes the module from options that need what others provide.
   *
   * @param options What makes them.
   *
   * @example
   * ```ts
   * BreakwaterModule.forRootAsync({
   *   inject: [Settings],
   *   tokens: [TASKS],
   *   useFactory: (settings: Settings) => ({ provides: [provide(TASKS, createTaskCache(settings))] }),
   * })
   * ```
   */
  static forRootAsync<args extends readonly unknown[]>({
    imports = [],
    inject = [],
    tokens = [],
    useFactory,
  }: BreakwaterAsyncOptions<args>): DynamicModule {
    const factory = async (...args: unknown[]): Promise<ResolvedOptions> =>
      resolveOptions(await useFactory(...(args as unknown as args)))
    return toModule({ provide: OPTIONS, inject, useFactory: factory }, tokens, imports)
  }
}

/** Holds what Nest tells before all others when it closes. */
class ClosingModule {}

function toModule(
  options: ValueProvider<ResolvedOptions> | FactoryProvider<ResolvedOptions>,
  tokens: readonly Token<unknown>[],
  imports: NonNullable<DynamicModule['imports']> = [],
): DynamicModule {
  const closing: DynamicModule = {
    module: ClosingModule,
    providers: [
      {
        provide: Symbol('told first'),
        inject: [CLOSING],
        useFactory: (told: Closing) => ({ onModuleDestroy: () => told.onClose() }),
      },
    ],
  }
  return {
    module: BreakwaterModule,
    global: true,
    imports: [...imports, closing],
    providers: [
      options,
      { provide: CLOSING, inject: [OPTIONS], useFactory: (resolved: ResolvedOptions) => new Closing(resolved) },
      {
        provide: Symbol('told last'),
        inject: [OPTIONS, CLOSING, HttpAdapterHost, ModulesContainer],
        useFactory: start,
      },
      {
        provide: APP_FILTER,
        inject: [HttpAdapterHost],
        useFactory: (host: HttpAdapterHost) => new ProblemFilter(host),
      },
      ...tokens.map((token) => ({
        provide: token,
        inject: [OPTIONS],
        useFactory: ({ provides }: ResolvedOptions) => find(provides, token),
      })),
    ],
    exports: [CLOSING, ...tokens],
  }
}

/** What Nest tells of its life. */
type Told = OnModuleInit & OnApplicationShutdown

function start(options: ResolvedOptions, closing: Closing, host: HttpAdapterHost, modules: ModulesContainer): Told {
  for (const module of modules.values()) {
    if (module.metatype === BreakwaterModule) module.distance = FIRST_TO_START
    if (module.metatype === ClosingModule) module.distance = FIRST_TO_END
  }
  mount(host, options)
  return {
    onModuleInit: () => closing.begin(host.httpAdapter ? attachTo(host.httpAdapter, options) : undefined),
    onApplicationShutdown: (signal) => closing.onClosed(signal),
  }
}

function find(provides: readonly Provided[], token: Token<unknown>): unknown {
  const provided = provides.find((each) => each.token === token)
  if (provided !== undefined) return provided.value
  throw new TypeError(`Expected \`provides\` to have a value for the token "${token.description}", got none`)
}
