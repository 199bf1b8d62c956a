import { CLOSING, type Closing } from './closing.ts'

/** The part of a Nest application that is called here. */
export interface ClosableApplication {
  /**
   * Finds a provider.
   *
   * @param token Its token.
   * @param options Where to look.
   */
  get(token: symbol, options: { readonly strict: false }): unknown
  /** Runs Nest's hooks and closes the application. */
  close(): Promise<unknown>
}

/**
 * Has the `shutdown` of the module close an application once its server is drained, so that Nest's hooks run whatever made the
 * process stop. Call it in place of `app.enableShutdownHooks()`.
 *
 * @param app The application.
 *
 * @example
 * ```ts
 * const app = await NestFactory.create(AppModule)
 * closeOnShutdown(app)
 * await app.listen(3_000)
 * ```
 */
export function closeOnShutdown(app: ClosableApplication): void {
  const closing = app.get(CLOSING, { strict: false }) as Closing
  closing.closeWith(() => app.close())
}
