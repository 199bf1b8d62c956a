import type { FigureGroup } from '../figures/group.ts'
import type { Group, Subject } from '../group.ts'

/** Something small that is done millions of times. */
export interface MicroSubject extends Subject {
  /** Makes a fresh one, with nothing shared with others made. */
  create(): Workload
}

/** A subject that is ready to work. */
export interface Workload {
  /**
   * Does it so many times, in a loop of its own: a loop shared by all subjects would make the engine guess which one
   * it is calling. Each time must leave a trace that {@link check} can see, or the engine leaves it out.
   *
   * @param times How many times.
   */
  run(times: number): void | Promise<void>
  /** Does it a few times, on a fresh one, and returns what came of it, or a promise of it: the same for all of a group. */
  check(): unknown
  /** Lets go of what it holds. */
  close?(): void
}

/** Small things that do the same. */
export interface MicroGroup extends Group<MicroSubject> {
  /** What {@link Workload.check} returns. */
  readonly expected: unknown
  /**
   * How far numbers may be from what is expected.
   *
   * @defaultValue `0`: exactly the same
   */
  readonly withinRatio?: number | undefined
}

/** The micro benchmarks of one package, or of one subject of it. */
export interface MicroBench {
  /** Tells benches apart. */
  readonly kind: 'micro'
  /** Heading on the page. */
  readonly title: string
  /** What it compares. */
  readonly groups: readonly MicroGroup[]
  /** What it counts. */
  readonly figures?: readonly FigureGroup[] | undefined
}
