import { writeSync } from 'node:fs'
import type { Context } from '../context/context.ts'
import { type Bindings, extendBindings, NO_BINDINGS } from '../line/bindings.ts'
import { describeFailure } from '../line/errors.ts'
import type { ResolvedLineLimits } from '../line/limits.ts'
import type { Shape } from '../line/shape.ts'
import type { Values } from '../line/values.ts'
import type { DirectWriter } from './direct-writer.ts'
import { findSymbols, type PinoInternals, streamOf } from './internals.ts'
import { createLineWriter, type Settings, settingsOf } from './line-writer.ts'
import type { PinoLogger } from './port.ts'

/** What the lines of a logger are made with. */
export interface LineParts {
  readonly values: Values
  readonly limits: ResolvedLineLimits
  readonly shape: Shape
  /** Part of the requests whose lines below `warn` are written. */
  readonly sampleRatio: number
  /** Names of fields in lines that are put together elsewhere. */
  readonly requestNames: ReadonlySet<string>
  /** What is being worked on. */
  context(): Context | undefined
  /** A line of this level was written. */
  wrote(level: number): void
  /** A line could not be written. */
  failed(error: unknown): void
}

/** Some streams of pino's, such as that of several, want what a line was made of beside it. */
const WANTS_DETAILS = Symbol.for('pino.metadata')
const BINDINGS = Symbol('bindings')
const SETTINGS = Symbol('settings')

interface Attached extends PinoInternals {
  [BINDINGS]: Bindings
  [SETTINGS]: Settings
}

type Write = (this: PinoInternals, fields: unknown, message: unknown, level: number) => void
type Log = (this: Attached, ...line: unknown[]) => void
type SetLevel = (this: PinoInternals, level: string) => void
type MakeChild = (this: PinoInternals, bindings: object, options?: object) => PinoInternals

/**
 * Makes the lines of a pino logger and of all its children ours. Its levels, children, hooks, mixins, serializers,
 * formatters and streams go on as they are.
 *
 * @param logger Changed: hand over a child of what belongs to others.
 * @returns Writes lines of this logger past pino.
 * @throws {TypeError} If it is no logger of pino's.
 */
export function attachTo(logger: PinoLogger, parts: LineParts): DirectWriter {
  const { values, limits, shape, sampleRatio, requestNames, context, wrote, failed } = parts
  const symbols = findSymbols(logger)
  const root = logger as Attached
  const stamp = root[symbols.time] as () => string
  const reserved = new Set([
    ...namesIn(`${Object.values(root[symbols.lsCache] as object)[0]}}`),
    ...namesIn(`{${stamp().slice(1)}}`),
  ])
  const ids = new Set([shape.requestId, shape.traceId, shape.spanId])
  const lines = createLineWriter(values, limits.maxEntries, reserved, ids)
  const sampled = sampleRatio === 1 ? '' : `,"sampleRatio":${sampleRatio}`
  if (sampled !== '') reserved.add('sampleRatio')
  const warn = root.levels.values.warn ?? 40
  const pinoWrite = root[symbols.write] as Write
  const pinoSetLevel = root[symbols.setLevel] as SetLevel
  const pinoChild = root.child as unknown as MakeChild

  function asJson(this: Attached, fields: object, message: unknown, level: number, time: string): string {
    const current = context()
    const head = sampled !== '' && level < warn && current?.isOfRequest === true ? time + sampled : time
    return lines.line(this[SETTINGS], this[BINDINGS], current?.written(), fields, message, level, head)
  }

  function write(this: Attached, fields: unknown, message: unknown, level: number): void {
    if (sampleRatio < 1 && level < warn && context()?.isSampled === false) return
    pinoWrite.call(this, fields, message, level)
    wrote(level)
  }

  /** Says that there was a line, when there was none to write. */
  function writePlaceholder(instance: Attached, level: number, error: unknown): void {
    const message = `A line could not be written: ${describeFailure(error)}`
    try {
      const line = lines.line(instance[SETTINGS], instance[BINDINGS], undefined, {}, message, level, stamp())
      try {
        streamOf(instance, symbols).write(line)
      } catch {
        writeSync(2, line)
      }
    } catch {
      // Nothing is left that it could be written to.
    }
  }

  /** Sets a level as pino does, which puts a function for each on the logger. None of them may throw. */
  function setLevel(this: Attached, level: string): void {
    pinoSetLevel.call(this, level)
    for (const [name, value] of Object.entries(this.levels.values)) {
      const log = this[name as 'info'] as Log
      if (log.name === 'noop') continue
      Object.assign(this, { [name]: guarded(log, value) })
    }
  }

  function guarded(log: Log, level: number): Log {
    return function (this: Attached, ...line) {
      try {
        log.apply(this, line)
      } catch (error) {
        tellFailed(this, level, error)
      }
    }
  }

  function tellFailed(instance: Attached, level: number, error: unknown): void {
    wrote(level)
    failed(error)
    writePlaceholder(instance, level, error)
  }

  function child(this: Attached, fields: object, options?: object): PinoInternals {
    // Without fields: they are written by us.
    const instance = pinoChild.call(this, {}, options) as Attached
    if (options != null) instance[SETTINGS] = settingsOf(instance, symbols)
    if (typeof fields === 'object' && fields !== null) bind(instance, fields)
    return instance
  }

  function bind(instance: Attached, fields: object): void {
    const formatters = instance[symbols.formatters] as { readonly bindings?: (fields: object) => object }
    try {
      const shown = formatters.bindings?.(fields) ?? fields
      instance[BINDINGS] = extendBindings(instance[BINDINGS], lines.bindings(instance[SETTINGS], shown))
    } catch (error) {
      failed(error)
    }
    // Pino's `bindings()` reads them from here.
    const kept = instance as { [name: symbol]: unknown }
    kept[symbols.chindings] = instance[BINDINGS].text
  }

  root[SETTINGS] = settingsOf(root, symbols)
  const own = JSON.parse(`{${(root[symbols.chindings] as string).slice(1)}}`) as object
  root[BINDINGS] = extendBindings(NO_BINDINGS, lines.bindings(root[SETTINGS], own))
  Object.assign(root, {
    [symbols.asJson]: asJson,
    [symbols.write]: write,
    [symbols.setLevel]: setLevel,
    [symbols.formatOpts]: { stringify: (value: unknown) => formatted(values, value) },
    [symbols.chindings]: root[BINDINGS].text,
    child,
    setBindings(this: Attached, fields: object) {
      bind(this, fields)
    },
  })
  setLevel.call(root, root.level)

  const { head, messageText, end, isPlain, nestedText, formatLog } = root[SETTINGS]
  const isKnown = isPlain && nestedText === '' && formatLog === undefined
  const levels = root.levels.values
  // Both may be changed by who has the pino logger.
  let bindings = root[BINDINGS]
  let stream = streamOf(root, symbols)
  let isUsual = isUsualNow()

  function isUsualNow(): boolean {
    bindings = root[BINDINGS]
    stream = streamOf(root, symbols)
    return isKnown && !(WANTS_DETAILS in stream) && ![...bindings.fields.keys()].some((name) => requestNames.has(name))
  }

  return {
    messageText,
    end,
    write(name, fields, message) {
      const level = levels[name] as number
      try {
        const stream = streamOf(root, symbols)
        if (WANTS_DETAILS in stream) return write.call(root, fields, message, level)
        if (sampleRatio < 1 && level < warn && context()?.isSampled === false) return
        stream.write(asJson.call(root, fields, message, level, stamp()))
        wrote(level)
      } catch (error) {
        tellFailed(root, level, error)
      }
    },
    opening(name) {
      if (root[BINDINGS] !== bindings || root[symbols.stream] !== stream) isUsual = isUsualNow()
      if (!isUsual) return undefined
      const level = levels[name] as number
      return head[level] + stamp() + (level < warn ? sampled : '') + bindings.text
    },
    put(name, line) {
      stream.write(line)
      wrote(levels[name] as number)
    },
    failed: (name, error) => tellFailed(root, levels[name] as number, error),
  }
}

/** A value in a message, for `%o` and `%j`. */
function formatted(values: Values, value: unknown): string {
  const outer = values.begin()
  const text = values.value(values.known(''), value) ?? 'undefined'
  values.end(outer)
  return text
}

function namesIn(json: string): string[] {
  return Object.keys(JSON.parse(json) as object)
}
