import type { CallContext } from './policy.ts'

/** What one attempt hands to the function. Its signal is made when it is first read, as most functions never do. */
export class AttemptContext implements CallContext {
  readonly attempt: number
  readonly #caller: AbortSignal | undefined
  #signal: AbortSignal | undefined
  #controller: AbortController | undefined
  #reason: { readonly reason: unknown } | undefined

  /**
   * @param attempt Which attempt it is.
   * @param caller The caller's signal.
   * @param mayAbort Whether anybody else may abort it; else the caller's signal is handed on as it is.
   */
  constructor(attempt: number, caller: AbortSignal | undefined, mayAbort: boolean) {
    this.attempt = attempt
    this.#caller = caller
    if (!mayAbort) this.#signal = caller
  }

  get signal(): AbortSignal {
    if (this.#signal === undefined) {
      this.#controller = new AbortController()
      if (this.#reason !== undefined) this.#controller.abort(this.#reason.reason)
      const { signal } = this.#controller
      // Also after the call: the caller may abort what still streams.
      this.#signal = this.#caller === undefined ? signal : AbortSignal.any([this.#caller, signal])
    }
    return this.#signal
  }

  /** Not a method, so that functions cannot abort what they were handed. */
  static abort(context: AttemptContext, reason: unknown): void {
    context.#reason ??= { reason }
    context.#controller?.abort(reason)
  }
}
