/** Options of {@link shrinkActions}. */
export interface ShrinkOptions<action> {
  /**
   * How many lists may be tried.
   *
   * @defaultValue `500`, our choice: enough for a hundred actions
   */
  readonly runs?: number | undefined
  /**
   * Plainer actions that could stand in the place of one, the plainest first.
   *
   * @defaultValue none
   */
  readonly plainer?: ((action: action) => readonly action[]) | undefined
}

/**
 * Makes a failing list of actions shorter and plainer, as long as it fails: delta debugging.
 *
 * The actions are data, and any part of a list has to be a list that can be run.
 *
 * @param actions The ones that were found to fail.
 * @param fails Whether others fail too. It has to say the same whenever it is asked the same.
 * @param options How long to go on.
 * @returns Actions that fail, from which none can be left out as far as was tried.
 * @see Andreas Zeller and Ralf Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", 2002.
 */
export async function shrinkActions<action>(
  actions: readonly action[],
  fails: (actions: readonly action[]) => Promise<boolean> | boolean,
  { runs = 500, plainer = () => [] }: ShrinkOptions<action> = {},
): Promise<readonly action[]> {
  let best = actions
  let left = runs
  const attempt = async (candidate: readonly action[]): Promise<boolean> => {
    if (left-- <= 0 || !(await fails(candidate))) return false
    best = candidate
    return true
  }

  for (let before: readonly action[] = []; before !== best && left > 0; ) {
    before = best
    await dropActions(() => best, attempt)
    for (let index = 0; index < best.length; index++)
      for (const other of plainer(best[index] as action)) if (await attempt(replace(best, index, 1, other))) break
  }
  return best
}

/** Leaves out halves, quarters and so on, down to single ones, from the end: what failed is there. */
async function dropActions<action>(
  best: () => readonly action[],
  attempt: (candidate: readonly action[]) => Promise<boolean>,
): Promise<void> {
  for (let length = Math.ceil(best().length / 2); length >= 1; length = length === 1 ? 0 : Math.ceil(length / 2))
    for (let start = best().length - length; start > -length; start -= length) {
      const from = Math.max(start, 0)
      const many = Math.min(length, start + length)
      if (from < best().length) await attempt(replace(best(), from, many))
    }
}

function replace<action>(actions: readonly action[], start: number, many: number, ...by: readonly action[]): action[] {
  return [...actions.slice(0, start), ...by, ...actions.slice(start + many)]
}
