import type { ContextText } from '../context/context.ts'
import { type Bindings, withoutNames } from '../line/bindings.ts'
import { describeFailure } from '../line/errors.ts'
import { type KnownName, textOfNth } from '../line/names.ts'
import { markOf } from '../line/objects.ts'
import { quote } from '../line/quote.ts'
import type { Values } from '../line/values.ts'
import type { PinoInternals, PinoSymbols } from './internals.ts'

type Serialize = (value: unknown) => unknown

/** What pino keeps on a logger, and a line is made of. */
export interface Settings {
  readonly head: Readonly<Record<number, string>>
  readonly end: string
  readonly messageKey: string
  /** As it stands in a line. */
  readonly messageText: string
  readonly errorKey: string
  readonly nestedText: string
  readonly serializers: Readonly<Record<string, Serialize | undefined>>
  readonly stringifiers: Readonly<Record<string | symbol, ((value: unknown) => string | undefined) | undefined>>
  /** Whether nobody does anything with values before they are written. */
  readonly isPlain: boolean
  /** Under what pino keeps the stringifier of `*`. */
  readonly anyName: symbol
  readonly formatLog: ((fields: object) => object) | undefined
}

/** Makes lines: what pino's `asJson` is replaced by. */
export interface LineWriter {
  /**
   * One line, with its newline: every field once, without secrets.
   *
   * @param settings Of the logger whose line it is.
   * @param bindings The fields of all its lines.
   * @param context What it belongs to.
   * @param given Fields of this line.
   * @param message What happened; `undefined` for none.
   * @param level As a number.
   * @param time The field with the time.
   */
  line(
    settings: Settings,
    bindings: Bindings,
    context: ContextText | undefined,
    given: object,
    message: unknown,
    level: number,
    time: string,
  ): string
  /** Fields of a child, ready to become {@link Bindings}. */
  bindings(settings: Settings, fields: object): (readonly [name: string, text: string, value: string])[]
}

/**
 * @param values Writes values.
 * @param maxFields Fields that one line shows.
 * @param reserved Names that only pino may write, such as `level`.
 * @param ids Names that a context may not lose to a line, such as `requestId`.
 */
export function createLineWriter(
  values: Values,
  maxFields: number,
  reserved: ReadonlySet<string>,
  ids: ReadonlySet<string>,
): LineWriter {
  /** JSON of one field, whatever reading and serialising it does. */
  function field(settings: Settings, fields: object, name: string, known: KnownName): string | undefined {
    try {
      const value = (fields as Readonly<Record<string, unknown>>)[name]
      if (value === undefined) return undefined
      const ready = settings.isPlain ? value : prepared(settings, name, value)
      if (name === 'value' && values.isSecretPair(fields)) return values.value({ ...known, isSecret: true }, ready)
      return values.value(known, ready)
    } catch (error) {
      return values.text(`[unreadable: ${describeFailure(error)}]`)
    }
  }

  return {
    line(settings, bindings, context, given, message, level, time) {
      const outer = values.begin()
      const { messageKey, nestedText } = settings
      const hasMessage = message !== undefined && typeof message !== 'function'
      let fields = plainFields(given)
      if (settings.formatLog !== undefined) fields = settings.formatLog(fields)
      let text = ''
      let repeated: Set<string> | undefined
      let count = 0
      let redacted = 0
      for (const name of Object.keys(fields)) {
        if (count++ === maxFields) {
          text += ',"…":"[more]"'
          break
        }
        const known = values.known(name)
        const value = field(settings, fields, name, known)
        if (value === undefined) continue
        if (nestedText === '') {
          const isOfContext = context?.fields.has(name) === true
          if (reserved.has(name) || (hasMessage && name === messageKey) || (isOfContext && ids.has(name))) {
            text += `,${quote(freeName(name, fields))}:${value}`
            continue
          }
          if (isOfContext || bindings.fields.has(name)) {
            repeated ??= new Set()
            repeated.add(name)
          }
        }
        text += `,${known.clean === name ? known.text : textOfNth(known, redacted++)}${value}`
      }
      if (hasMessage && bindings.fields.has(messageKey)) {
        repeated ??= new Set()
        repeated.add(messageKey)
      }
      if (nestedText !== '' && text !== '') text = `${nestedText}${text.slice(1)}}`
      const before = beforeFields(bindings, context, repeated, ids)
      const after = hasMessage ? messageText(values, settings, message) : ''
      values.end(outer)
      return `${settings.head[level] ?? '{"level":null'}${time}${before}${text}${after}${settings.end}`
    },

    bindings(settings, given) {
      const outer = values.begin()
      const fields = plainFields(given)
      const written: (readonly [string, string, string])[] = []
      for (const name of Object.keys(fields)) {
        const known = values.known(name)
        const value = field(settings, fields, name, known)
        if (value === undefined) continue
        const free = reserved.has(name) ? freeName(name, fields) : known.clean
        written.push([free, `${quote(free)}:`, value])
      }
      values.end(outer)
      return written
    },
  }
}

/** A value after what the user's own pino does with values of this name. */
function prepared({ serializers, stringifiers, anyName, errorKey }: Settings, name: string, value: unknown): unknown {
  const serialize = serializers[name] ?? (name === errorKey ? serializers.err : undefined)
  const ready = serialize === undefined || isDefault(serialize) ? value : serialize(value)
  const stringify = stringifiers[name] ?? stringifiers[anyName]
  if (stringify === undefined) return ready
  const text = stringify(ready)
  return text === undefined ? undefined : JSON.parse(text)
}

function messageText(values: Values, { messageKey, messageText, serializers }: Settings, message: unknown): string {
  const serialize = serializers[messageKey]
  const ready = serialize === undefined ? message : serialize(message)
  if (typeof ready === 'string') return `${messageText}${values.literal(ready)}`
  return `${messageText}${values.value(values.known(messageKey), ready) ?? 'null'}`
}

/** The fields of children and of the context, of which each stands once: a line's own win, then the child's. */
function beforeFields(
  bindings: Bindings,
  context: ContextText | undefined,
  repeated: ReadonlySet<string> | undefined,
  ids: ReadonlySet<string>,
): string {
  const shared = context === undefined ? undefined : sharedNames(bindings, context)
  if (repeated === undefined && shared === undefined) return bindings.text + (context?.text ?? '')
  const lostIds = new Set<string>()
  const ofContext = new Set(repeated)
  for (const name of shared ?? []) (ids.has(name) ? lostIds : ofContext).add(name)
  let renamed = ''
  for (const name of lostIds) renamed += `,${JSON.stringify(`${name}_`)}:${bindings.fields.get(name)}`
  const own = withoutNames(bindings, new Set([...(repeated ?? []), ...lostIds]))
  return own + renamed + (context === undefined ? '' : withoutNames(context, ofContext))
}

function sharedNames(bindings: Bindings, context: ContextText): string[] | undefined {
  let shared: string[] | undefined
  for (const name of context.fields.keys())
    if (bindings.fields.has(name)) {
      shared ??= []
      shared.push(name)
    }
  return shared
}

/** `level` becomes `level_`: nothing is lost, and no line has two of one name. */
function freeName(name: string, fields: object): string {
  let free = `${name}_`
  while (Object.hasOwn(fields, free)) free += '_'
  return free
}

/** What was given in place of fields, as fields. */
function plainFields(given: object): object {
  if (given.constructor === Object) return given
  if (given instanceof Map) return Object.fromEntries(given)
  if (given instanceof Set || Array.isArray(given) || markOf(given) !== undefined) return { value: given }
  const { toJSON } = given as { readonly toJSON?: unknown }
  if (typeof toJSON !== 'function') return given
  const plain: unknown = toJSON.call(given, '')
  return typeof plain === 'object' && plain !== null ? plain : { value: plain }
}

/** Reads them once for each logger: they do not change. */
export function settingsOf(logger: PinoInternals, symbols: PinoSymbols): Settings {
  const formatters = logger[symbols.formatters] as { readonly log?: (fields: object) => object }
  const messageKey = logger[symbols.messageKey] as string
  const serializers = logger[symbols.serializers] as Settings['serializers']
  const stringifiers = logger[symbols.stringifiers] as Settings['stringifiers']
  return {
    head: logger[symbols.lsCache] as Settings['head'],
    end: logger[symbols.end] as string,
    messageKey,
    messageText: `,${JSON.stringify(messageKey)}:`,
    errorKey: logger[symbols.errorKey] as string,
    nestedText: logger[symbols.nestedKey] === undefined ? '' : (logger[symbols.nestedKeyStr] as string),
    serializers,
    stringifiers,
    isPlain: Object.values(serializers).every(isDefault) && Reflect.ownKeys(stringifiers).length === 0,
    anyName: symbols.wildcardFirst,
    formatLog: formatters.log,
  }
}

/** Pino's own serializer of errors shows less than ours. */
function isDefault(serialize: Serialize | undefined): boolean {
  return serialize === undefined || serialize.name === 'errSerializer'
}
