import type { SeriesCap } from '../series/cap.ts'
import type { Family, Row } from '../series/family.ts'
import { HistogramTable } from '../series/histogram-table.ts'
import { type LabelSet, NO_LABELS } from '../series/label-set.ts'
import type { Exemplars } from './exemplars.ts'
import { METHOD_NAMES, METHOD_PLACES, methodIndex } from './methods.ts'
import type { FamilyText, RequestNames } from './names.ts'
import { NO_ROWS, RouteIndex } from './route-index.ts'

/** What a {@link RequestTable} is made of. */
export interface RequestTableOptions {
  /** What everything is called. */
  readonly names: RequestNames
  /** Bounds of durations, in seconds. */
  readonly durationBounds: readonly number[]
  /** Bounds of sizes, in bytes. */
  readonly sizeBounds: readonly number[]
  /** How many series there may be. */
  readonly cap: SeriesCap
  /** Where exemplars are kept, if any are. */
  readonly exemplars?: Exemplars | undefined
}

/** No row. */
export const NO_ROW = -1
/** Most status codes that are told apart. Those that are registered are fewer. */
const MOST_STATUSES = 128
const FIRST_STATUSES = 8
const NOT_SEEN = 0xffff

/**
 * Counts requests by route, method and status: a look-up of the route's name, then two of numbers, then additions.
 * Nothing is allocated once a series exists, and no text is made before somebody reads.
 */
export class RequestTable {
  readonly #names: RequestNames
  readonly #cap: SeriesCap
  readonly #exemplars: Exemplars | undefined
  readonly #durations: HistogramTable
  readonly #requestSizes: HistogramTable
  readonly #responseSizes: HistogramTable
  /** By method where methods have labels of their own, and else in the first place. */
  readonly #hasInFlightLabels: boolean
  readonly #inFlight = new Float64Array(METHOD_PLACES)
  /** For each route, one more than the row, by status and method; 0 where there is none yet. */
  readonly #routes = new RouteIndex()
  #unmatched = NO_ROWS
  /** For each status code, which one it was. */
  readonly #statuses = new Uint16Array(1_000).fill(NOT_SEEN)
  #statusesSeen = 0
  /** By row. */
  readonly #labels: LabelSet[] = []
  readonly #rowsByText = new Map<string, number>()
  #overflow: number = NO_ROW

  /** @param options What it is made of. */
  constructor({ names, durationBounds, sizeBounds, cap, exemplars }: RequestTableOptions) {
    this.#names = names
    this.#cap = cap
    this.#exemplars = exemplars
    this.#hasInFlightLabels = names.inFlightLabels !== undefined
    this.#durations = new HistogramTable(durationBounds)
    this.#requestSizes = new HistogramTable(sizeBounds)
    this.#responseSizes = new HistogramTable(sizeBounds)
  }

  /** The row of what is beyond the cap, {@link NO_ROW} if nothing was so far: the only one that stands for many kinds. */
  get overflow(): number {
    return this.#overflow
  }

  /**
   * Finds the row of a kind of request.
   *
   * @param route Pattern of the route, `undefined` if none matched.
   * @param method As sent.
   * @param status Status code.
   */
  rowOf(route: string | undefined, method: string, status: number): number {
    const place = methodIndex(method)
    const rows = route === undefined ? this.#unmatched : this.#routes.get(route)
    // Out of either array, `undefined` is no row either.
    const row = rows[(this.#statuses[status] as number) * METHOD_PLACES + place]
    return row !== undefined && row > 0 ? row - 1 : this.#newKind(route, place, status, rows)
  }

  /**
   * Counts a request's end.
   *
   * @param row Of {@link rowOf}.
   * @param seconds How long it took.
   * @returns The bucket that it fell into.
   */
  recordDuration(row: number, seconds: number): number {
    return this.#durations.record(row, seconds)
  }

  /**
   * Counts the bytes of bodies, where anybody knows them.
   *
   * @param row Of {@link rowOf}.
   * @param requestBytes How many the request had.
   * @param responseBytes How many the response had.
   */
  recordSizes(row: number, requestBytes: number | undefined, responseBytes: number | undefined): void {
    if (requestBytes !== undefined) recordSize(this.#requestSizes, row, requestBytes)
    if (responseBytes !== undefined) recordSize(this.#responseSizes, row, responseBytes)
  }

  /**
   * A request came in, or ended.
   *
   * @param method As sent.
   * @param by 1 or -1.
   */
  countInFlight(method: string, by: number): void {
    const place = this.#hasInFlightLabels ? methodIndex(method) : 0
    this.#inFlight[place] = (this.#inFlight[place] as number) + by
  }

  /** What a scrape reads. */
  families(): readonly Family[] {
    const { duration, inFlight, requestSize, responseSize } = this.#names
    return [
      histogram(duration, () => this.#rows(this.#durations, this.#exemplars)),
      { ...inFlight, type: 'gauge', rows: () => this.#inFlightRows() },
      histogram(requestSize, () => this.#rows(this.#requestSizes)),
      histogram(responseSize, () => this.#rows(this.#responseSizes)),
    ]
  }

  *#rows(table: HistogramTable, exemplars?: Exemplars): Generator<Row> {
    for (let row = 0; row < table.rows; row++) {
      // Sizes may be known of some only.
      if (table !== this.#durations && table.count(row) === 0) continue
      yield {
        labels: this.#labels[row] as LabelSet,
        value: table.snapshot(row),
        exemplars: exemplars?.of(row),
      }
    }
  }

  *#inFlightRows(): Generator<Row> {
    const { inFlightLabels } = this.#names
    if (inFlightLabels === undefined) return yield { labels: NO_LABELS, value: this.#inFlight[0] as number }
    for (const [index, method] of METHOD_NAMES.entries())
      if (method !== undefined) yield { labels: inFlightLabels(method), value: this.#inFlight[index] as number }
  }

  #newKind(route: string | undefined, method: number, status: number, known: Int32Array): number {
    const slot = this.#statusSlot(status)
    const at = (slot ?? 0) * METHOD_PLACES + method
    // What is no status code has the row of one that is.
    if (slot !== undefined && (known[at] ?? 0) > 0) return (known[at] as number) - 1
    if (slot === undefined || !this.#cap.take()) {
      this.#cap.drop()
      if (this.#overflow === NO_ROW) this.#overflow = this.#newRow(this.#names.overflow)
      return this.#overflow
    }
    const rows = at < known.length ? known : this.#longer(route, known, at)
    const row = this.#newRow(this.#names.labels(METHOD_NAMES[method] as string, route, toStatus(status)))
    rows[at] = row + 1
    return row
  }

  #longer(route: string | undefined, known: Int32Array, at: number): Int32Array {
    const rows = new Int32Array(Math.max(FIRST_STATUSES * METHOD_PLACES, 2 * at))
    rows.set(known)
    if (route === undefined) this.#unmatched = rows
    else this.#routes.set(route, rows)
    return rows
  }

  #newRow(labels: LabelSet): number {
    // A route may be called as those are that match none, or be told from another only by what has no UTF-8.
    const same = this.#rowsByText.get(labels.text)
    if (same !== undefined) return same
    const row = this.#durations.add()
    this.#requestSizes.add()
    this.#responseSizes.add()
    this.#labels[row] = labels
    this.#rowsByText.set(labels.text, row)
    return row
  }

  #statusSlot(status: number): number | undefined {
    const code = toStatus(status)
    const slot = this.#statuses[code] as number
    if (slot !== NOT_SEEN) return slot
    if (this.#statusesSeen === MOST_STATUSES) return undefined
    this.#statuses[code] = this.#statusesSeen
    return this.#statusesSeen++
  }
}

/** Most have no body, which needs no search. */
function recordSize(table: HistogramTable, row: number, bytes: number): void {
  if (bytes === 0) table.recordZero(row)
  else table.record(row, bytes)
}

/** What is no status code is a fault of this side. */
function toStatus(status: number): number {
  return Number.isInteger(status) && status >= 100 && status <= 999 ? status : 500
}

function histogram(text: FamilyText, rows: () => Iterable<Row>): Family {
  return { ...text, type: 'histogram', rows }
}
