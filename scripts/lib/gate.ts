/** What a gate found. */
export interface Verdict {
  /** One readable text each, which names the culprit. None: the gate is open. */
  readonly problems: readonly string[]
  /** Numbers worth printing although nothing is wrong. */
  readonly notes?: readonly string[] | undefined
}

/** How a gate is run. */
export interface GateOptions {
  /** Writes down what is, where a gate compares with a committed file, instead of complaining. */
  readonly update?: boolean | undefined
  /** Where a run of all tests has left what they passed through, if one did. */
  readonly coverageFolder?: string | undefined
}

/** One check of the whole workspace. */
export interface Gate {
  /** What `pnpm check <name>` takes. */
  readonly name: string
  /**
   * Looks, and changes nothing that git sees unless told to update.
   *
   * @param root The workspace's folder.
   * @param options How.
   */
  check(root: string, options?: GateOptions): Promise<Verdict>
}
