/** What a policy hands to the function that it runs. */
export interface PolicyContext {
  /** Aborted when the caller gave up or the policy did. Pass it on: a call that nobody awaits any more should end. */
  readonly signal: AbortSignal
}

/** How one call through a policy is made. */
export interface PolicyCallOptions {
  /** Aborts the call. The caller's own abort never counts as a failure of what was called. */
  readonly signal?: AbortSignal | undefined
}

/** Decides whether, how often and how long a function runs: a circuit breaker, a retry, a timeout, or several in one. */
export interface Policy {
  /**
   * Runs a function under this policy.
   *
   * @param run What to run. Its result and what it throws reach the caller unchanged.
   * @param options How this one call is made.
   * @returns What `run` returned. Rejects with what `run` threw, or with the policy's refusal if it was not run.
   */
  execute<result>(
    run: (context: PolicyContext) => PromiseLike<result> | result,
    options?: PolicyCallOptions,
  ): Promise<result>
}
