import type { MicroSubject } from '../../src/micro/subject.ts'

/** A cache that is ready to be read. */
export interface Opened {
  /** Reads so many times and returns what came of it. Each subject writes a loop of its own. */
  loop(times: number): unknown
  /** Gives back its connections. */
  close?(): unknown
}

/** Reads that {@link MicroSubject} `check` makes. */
const CHECKED = 3

/**
 * A subject that reads from a cache which takes a moment to be filled, or to connect.
 *
 * @param name Its name.
 * @param open Makes it.
 * @param warmUps Reads before the first one that is measured: what takes long is not compiled in the time that the harness gives.
 */
export function cached(name: string, open: () => Opened | Promise<Opened>, warmUps = 0): MicroSubject {
  return {
    name,
    create() {
      let opened: Promise<Opened> | undefined
      const ready = (): Promise<Opened> => {
        opened ??= Promise.resolve(open())
        return opened
      }
      let left = warmUps
      return {
        async run(times) {
          const { loop } = await ready()
          const first = left
          left = 0
          if (first > 0) await loop(first)
          await loop(times)
        },
        async check() {
          const { loop } = await ready()
          return loop(CHECKED)
        },
        close: () => void opened?.then(({ close }) => close?.()).catch(() => {}),
      }
    },
  }
}
