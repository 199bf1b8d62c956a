import { nonEmptyString, positiveInteger } from '@breakwater/core'
import type { Attributes } from '@opentelemetry/api'

/** Options of {@link Tracing.traceQueries}. */
export interface QueryOptions {
  /**
   * The database, as `db.system.name` has it, such as `postgresql` or `mysql`. It also says what double quotes mean: of
   * `postgresql` and `oracle.db`, what stands in them is a name and is kept; of all others it may be a value.
   *
   * @defaultValue `other_sql`, as OpenTelemetry calls one it does not know
   */
  readonly system?: string | undefined
  /**
   * Further attributes of each span, such as `db.namespace`, `server.address` and `server.port`.
   *
   * @defaultValue none
   */
  readonly attributes?: Attributes | undefined
  /**
   * Characters of the text that a span keeps. Literals in it are replaced by `?` first, and comments left out.
   *
   * @defaultValue `2_048`, our choice
   */
  readonly maxTextLength?: number | undefined
}

/** {@link QueryOptions} with every default in place. */
export interface ResolvedQueryOptions {
  readonly attributes: Attributes
  readonly maxTextLength: number
  readonly quotesNames: boolean
}

const QUOTING_NAMES: ReadonlySet<string> = new Set(['postgresql', 'oracle.db'])

/** @throws {TypeError|RangeError} If an option is not what it should be. */
export function resolveQueryOptions({
  system = 'other_sql',
  attributes = {},
  maxTextLength = 2_048,
}: QueryOptions): ResolvedQueryOptions {
  return {
    attributes: { 'db.system.name': nonEmptyString('system', system), ...attributes },
    maxTextLength: positiveInteger('maxTextLength', maxTextLength),
    quotesNames: QUOTING_NAMES.has(system),
  }
}
