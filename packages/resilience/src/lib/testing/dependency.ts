/** A stand-in for what policies protect: a test decides when and how each call of it ends. */
export interface Dependency {
  /** What policies run: `policy.execute(dependency.call)`. Hand it around; it needs no `this`. */
  readonly call: (context?: { readonly signal?: AbortSignal; readonly attempt?: number }) => Promise<unknown>
  /** Every call that was made of it, oldest first. */
  readonly calls: readonly DependencyCall[]
  /** Calls under way. */
  readonly underWay: number
  /** The most that were under way at once. */
  readonly mostUnderWay: number
  /**
   * Lets the oldest call under way succeed.
   *
   * @param result What it returns.
   * @throws {Error} If none is under way.
   */
  succeed(result?: unknown): void
  /**
   * Lets the oldest call under way fail.
   *
   * @param error What it throws.
   * @throws {Error} If none is under way.
   */
  fail(error: unknown): void
}

/** One call of a dependency. */
export interface DependencyCall {
  /** What it was handed. Reading it may be what makes a policy create it. */
  readonly signal: AbortSignal | undefined
  /** Which attempt a retry said it is. */
  readonly attempt: number | undefined
  /** Where it stands; `aborted`: it ended because its signal aborted. */
  readonly state: 'under way' | 'succeeded' | 'failed' | 'aborted'
  /**
   * Lets it succeed. Nothing if it has ended.
   *
   * @param result What it returns.
   */
  succeed(result?: unknown): void
  /**
   * Lets it fail. Nothing if it has ended.
   *
   * @param error What it throws.
   */
  fail(error: unknown): void
}

/** Options of `createDependency`. */
export interface DependencyOptions {
  /**
   * Whether calls go on when their signal aborts, as those do that are not handed one.
   *
   * @defaultValue `false`: they end at once, with its reason
   */
  readonly isDeaf?: boolean | undefined
}

/**
 * Creates a stand-in for what policies protect.
 *
 * @param options How it behaves.
 *
 * @example
 * ```ts
 * const database = createDependency()
 * const calling = policy.execute(database.call)
 * database.succeed('row')
 * await calling
 * ```
 */
export function createDependency({ isDeaf = false }: DependencyOptions = {}): Dependency {
  const calls: OneCall[] = []
  let mostUnderWay = 0
  const underWay = (): readonly OneCall[] => calls.filter(({ state }) => state === 'under way')
  const oldest = (): OneCall => {
    const [call] = underWay()
    if (call === undefined) throw new Error('Cannot end a call as none is under way: start one first')
    return call
  }
  return {
    call(context) {
      const call = new OneCall(context?.signal, context?.attempt)
      calls.push(call)
      mostUnderWay = Math.max(mostUnderWay, underWay().length)
      if (!isDeaf) call.listen()
      return call.ended
    },
    calls,
    get underWay() {
      return underWay().length
    },
    get mostUnderWay() {
      return mostUnderWay
    },
    succeed: (result) => oldest().succeed(result),
    fail: (error) => oldest().fail(error),
  }
}

class OneCall implements DependencyCall {
  readonly signal: AbortSignal | undefined
  readonly attempt: number | undefined
  readonly ended: Promise<unknown>
  state: DependencyCall['state'] = 'under way'
  #resolve: (result: unknown) => void = () => {}
  #reject: (error: unknown) => void = () => {}

  constructor(signal: AbortSignal | undefined, attempt: number | undefined) {
    this.signal = signal
    this.attempt = attempt
    this.ended = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  listen(): void {
    if (this.signal?.aborted) this.#end('aborted', () => this.#reject(this.signal?.reason))
    this.signal?.addEventListener('abort', () => this.#end('aborted', () => this.#reject(this.signal?.reason)), {
      once: true,
    })
  }

  succeed(result?: unknown): void {
    this.#end('succeeded', () => this.#resolve(result))
  }

  fail(error: unknown): void {
    this.#end('failed', () => this.#reject(error))
  }

  #end(state: DependencyCall['state'], settle: () => void): void {
    if (this.state !== 'under way') return
    this.state = state
    settle()
  }
}
