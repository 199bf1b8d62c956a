import type { MicroSubject } from '../../src/micro/subject.ts'

/** What is called: it has its answer at once. */
export const ANSWER = 42
export const call = async (): Promise<number> => ANSWER

/** What fails, with an error that is ready. */
export const problem: Error = new Error('down')
export const fail = async (): Promise<never> => {
  throw problem
}

/** Makes a call so many times and returns what came of the last one. Each subject writes a loop of its own. */
export type Loop = (times: number) => Promise<unknown>

/**
 * A subject that makes calls, one after the other.
 *
 * @param name Its name.
 * @param create Makes it.
 */
export function calls(name: string, create: () => Loop): MicroSubject {
  return {
    name,
    create() {
      const loop = create()
      return { run: loop as (times: number) => Promise<void>, check: () => loop(3) }
    },
  }
}

/** The floor: nothing is in between. */
export const bare: MicroSubject = calls('await fn()', () => async (times) => {
  let last = 0
  for (let i = 0; i < times; i++) last = await call()
  return last
})
