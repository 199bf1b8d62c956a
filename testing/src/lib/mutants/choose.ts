/** Which faults a run tries, and which it leaves to others. */
export interface Choice<mutant> {
  readonly tried: readonly mutant[]
  readonly left: readonly mutant[]
}

/** Faults are many, and each takes as long as its tests. */
const ONE_OF = 3

/**
 * Chooses the faults that a run tries: one of three, and with SOAK all of them.
 *
 * @param mutants All of them. Those that are alike should be beside each other.
 */
export function chooseMutants<mutant>(mutants: readonly mutant[]): Choice<mutant> {
  const oneOf = process.env.SOAK === undefined ? ONE_OF : 1
  return {
    tried: mutants.filter((_, index) => index % oneOf === 0),
    left: mutants.filter((_, index) => index % oneOf !== 0),
  }
}
