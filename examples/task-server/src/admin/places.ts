import { AdminBusyError } from './errors.ts'

/** Places for what may only be done a few times at once. */
export interface Places {
  /**
   * Takes one.
   *
   * @returns Gives it back. More than once does no harm.
   * @throws {AdminBusyError} If there is none.
   */
  take(): () => void
}

/**
 * Creates places.
 *
 * @param what What they are for, in the plural.
 * @param max How many there are.
 */
export function createPlaces(what: string, max: number): Places {
  const taken = new Set<symbol>()
  return {
    take() {
      if (taken.size >= max) throw new AdminBusyError(what, max)
      const place = Symbol(what)
      taken.add(place)
      return () => void taken.delete(place)
    },
  }
}
