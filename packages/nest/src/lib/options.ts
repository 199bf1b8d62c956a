import type { Clock, HttpEndpoint, HttpHook, HttpServer, HttpServerHook } from '@breakwater/core'
import type { DynamicModule, FactoryProvider } from '@nestjs/common'
import type { Provided, Token } from './token.ts'

/** The part of a shutdown that the module calls. Declared here, so that none is needed; a type test keeps it true. */
export interface ShutdownPort {
  /** Whether the process was told to stop. */
  readonly started: boolean
  /**
   * Drains a server before anything is closed.
   *
   * @param server The server.
   */
  serve(server: HttpServer): unknown
  /**
   * Closes something when all servers are drained.
   *
   * @param name Its name, of its own.
   * @param hook Closes it.
   * @param options What it depends on.
   */
  add(name: string, hook: () => unknown, options: { readonly dependsOn: readonly string[] }): unknown
  /** Stops the process. Calling it again gives the same promise. */
  begin(): Promise<unknown>
}

/** Options of {@link BreakwaterModule.forRoot}. */
export interface BreakwaterOptions {
  /**
   * Features' hooks. They run in order; the first reply wins and ends the request. Observers before gates.
   *
   * @defaultValue none
   */
  readonly hooks?: readonly HttpHook[] | undefined
  /**
   * Features' endpoints, by the path that each answers with GET and HEAD, such as `{ '/readyz': health.readiness }`. Neither
   * the global prefix nor a version is put before it.
   *
   * @defaultValue none
   */
  readonly endpoints?: Readonly<Record<string, HttpEndpoint>> | undefined
  /**
   * Hooks that see the raw server.
   *
   * @defaultValue none
   */
  readonly serverHooks?: readonly HttpServerHook[] | undefined
  /**
   * What can be injected in every module, by token: `[provide(TASKS, cache)]`.
   *
   * @defaultValue nothing
   */
  readonly provides?: readonly Provided[] | undefined
  /**
   * What stops the process: it drains the server, and only then Nest's own hooks run.
   *
   * @defaultValue none: Nest alone closes the server
   */
  readonly shutdown?: ShutdownPort | undefined
  /**
   * Hooks of `shutdown` that run when Nest's have ended, as your providers need what they close, such as `redis`.
   *
   * @defaultValue none
   */
  readonly dependsOn?: readonly string[] | undefined
  /**
   * Where time comes from.
   *
   * @defaultValue `systemClock`
   */
  readonly clock?: Clock | undefined
}

/** Options of {@link BreakwaterModule.forRootAsync}. */
export interface BreakwaterAsyncOptions<args extends readonly unknown[] = never[]> {
  /**
   * Modules that export what the factory needs.
   *
   * @defaultValue none
   */
  readonly imports?: DynamicModule['imports'] | undefined
  /**
   * What the factory is called with.
   *
   * @defaultValue nothing
   */
  readonly inject?: FactoryProvider['inject'] | undefined
  /** Makes the options. */
  readonly useFactory: (...args: args) => BreakwaterOptions | Promise<BreakwaterOptions>
  /**
   * The tokens in `provides` of what the factory makes: Nest wants to know them before it is called.
   *
   * @defaultValue none
   */
  readonly tokens?: readonly Token<unknown>[] | undefined
}

/** Options with their defaults. */
export interface ResolvedOptions {
  readonly hooks: readonly HttpHook[]
  readonly endpoints: Readonly<Record<string, HttpEndpoint>>
  readonly serverHooks: readonly HttpServerHook[]
  readonly provides: readonly Provided[]
  readonly shutdown: ShutdownPort | undefined
  readonly dependsOn: readonly string[]
  readonly clock: Clock | undefined
}

/**
 * Fills in what is not given.
 *
 * @param options As given.
 */
export function resolveOptions({
  hooks = [],
  endpoints = {},
  serverHooks = [],
  provides = [],
  shutdown,
  dependsOn = [],
  clock,
}: BreakwaterOptions): ResolvedOptions {
  return { hooks, endpoints, serverHooks, provides, shutdown, dependsOn, clock }
}
