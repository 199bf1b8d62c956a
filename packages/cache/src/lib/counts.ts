import { createHistogram, type Histogram } from '@breakwater/core'

/** Everything that happens often, as plain fields. */
export class Counts {
  memoryHits = 0
  sharedHits = 0
  misses = 0
  /** Served while renewed. */
  staleServes = 0
  /** Served because the loader failed or was slow. */
  graceServes = 0
  /** Callers that shared somebody else's load. */
  joined = 0
  loads = 0
  loadFailures = 0
  loadTimeouts = 0
  /** Callers that got the error of a load a moment before. */
  heldBack = 0
  /** Loads whose value was not kept, as something was invalidated meanwhile. */
  fenced = 0
  leaseWaits = 0
  fills = 0
  fillsRefused = 0
  sets = 0
  deletes = 0
  tagInvalidations = 0
  clears = 0
  queued = 0
  unreadable = 0
  readonly loadSeconds: Histogram = createHistogram()
  readonly tierSeconds: Histogram = createHistogram()
}
