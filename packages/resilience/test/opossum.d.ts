/** As much of it as the tests use: it comes without types. */
declare module 'opossum' {
  export default class CircuitBreaker<args extends unknown[] = []> {
    constructor(action: (...args: args) => unknown, options?: Record<string, unknown>)
    readonly closed: boolean
    readonly halfOpen: boolean
    readonly pendingClose: boolean
    readonly opened: boolean
    fire(...args: args): Promise<unknown>
    on(event: string, listener: (...args: never[]) => void): this
    getSignal(): AbortSignal | undefined
    shutdown(): void
  }
}
