import type { RunReport, ScenarioName } from '@breakwater/testing/shutdown'

/** A scenario that is played, in one way. */
export interface Cell {
  /** What happens. */
  readonly scenario: ScenarioName
  /** How much longer a request and its answer take. */
  readonly roundTripMs?: number | undefined
}

/** Runs of one subject, by cell. */
export type Runs = ReadonlyMap<Cell, readonly RunReport[]>

/** A column of a table, and how it is counted. */
export interface Column {
  /** Its name. */
  readonly figure: string
  /**
   * Where it is what is lost in this cell: there Node alone has to lose something, if its scenario says so.
   *
   * @defaultValue it is something else
   */
  readonly lossOf?: Cell | undefined
  /**
   * Counts it.
   *
   * @param runs All runs of the subject in this group.
   * @param lingerMs Milliseconds for which the subject keeps idle connections.
   */
  count(runs: Runs, lingerMs: number): number
}
