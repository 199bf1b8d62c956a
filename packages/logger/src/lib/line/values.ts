import { REDACTED, type Redactor } from '../redact/redactor.ts'
import { describeFailure, entriesOfError } from './errors.ts'
import type { ResolvedLineLimits } from './limits.ts'
import { createNames, type KnownName, textOfNth } from './names.ts'
import { type Entry, entriesOf, markOf } from './objects.ts'
import { isEscaped, quote } from './quote.ts'
import { createRemembered } from './remembered.ts'

/** Puts values into a line: as JSON, without secrets, whatever they are. Never throws. */
export interface Values {
  /** What is known of a name. */
  known(name: string): KnownName
  /** A value as JSON; `undefined` for what JSON does not have, such as functions. */
  value(name: KnownName, value: unknown): string | undefined
  /** Whether an object's `value` is a secret because of its `name` or `key`: a header, as some write it. */
  isSecretPair(object: object): boolean
  /** A text as a JSON string. */
  text(text: string): string
  /** The same of a short one, however much room the line has. */
  json(text: string): string
  /** Whether that is the text itself. May say no where it is. */
  isOrdinary(text: string): boolean
  /** The same as {@link Values.text} of a text that comes again and again, such as most messages. */
  literal(text: string): string
  /**
   * Begins a line. Reading a value may write another one meanwhile.
   *
   * @returns What {@link Values.end} wants when it is written.
   */
  begin(): number
  /** Goes on with the line that another one came between. */
  end(left: number): void
}

/** What is under way while one value is written. */
export interface Walk {
  readonly redactor: Redactor
  readonly limits: ResolvedLineLimits
  readonly known: (name: string) => KnownName
  /** How an error's stack is called. */
  readonly stackName: string
  /** Finds the calls of a stack as they were written before. */
  readonly calls: (text: string) => string
  /** The objects that the value is within, outermost first. */
  readonly within: object[]
  /** How many characters are left for the line. */
  left: number
}

/** Calls that lead to the errors of a process are the same few, and so are its messages. */
const MAX_STACKS = 100
const MAX_STACK_LENGTH = 4_096
const MAX_LITERALS = 1_000
const MAX_LITERAL_LENGTH = 100

/** @param stackName How an error's stack is called. */
export function createValues(redactor: Redactor, limits: ResolvedLineLimits, stackName: string): Values {
  const known = createNames(redactor)
  const walk: Walk = {
    redactor,
    limits,
    known,
    stackName,
    calls: createRemembered(MAX_STACKS, MAX_STACK_LENGTH, (text) => quote(redactor.text(text)).slice(1, -1)),
    within: [],
    left: limits.maxLineLength,
  }
  const literal = createRemembered(
    MAX_LITERALS,
    MAX_LITERAL_LENGTH,
    (text) => writeText(walk, text),
    (text, written) =>
      // What was redacted is counted each time.
      written.length === text.length + 2,
  )
  return {
    known,
    value: (name, value) => writeMember(walk, name, value),
    isSecretPair: (object) => isSecretPair(walk, object),
    text: (text) => writeText(walk, text),
    json: (text) => quote(redactor.text(text)),
    isOrdinary: (text) => !redactor.isSuspicious(text) && !isEscaped(text),
    literal,
    begin() {
      const { left } = walk
      walk.left = limits.maxLineLength
      return left
    },
    end(left) {
      walk.left = left
    },
  }
}

/** A secret's value stands for itself where it says nothing: `{ password: null }`. */
export function writeMember(walk: Walk, name: KnownName, value: unknown): string | undefined {
  if (!name.isSecret || value == null || value === '' || typeof value === 'boolean' || typeof value === 'function')
    return writeValue(walk, value)
  walk.redactor.hidden()
  return `"${REDACTED}"`
}

/** A value as JSON; `undefined` for what JSON does not have. */
export function writeValue(walk: Walk, value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
      return writeText(walk, value)
    case 'number':
      // Card numbers have 13 digits at least.
      if (value >= 1e12 && Number.isFinite(value)) return writeDigits(walk, String(value))
      return Number.isFinite(value) ? String(value) : 'null'
    case 'boolean':
      return value ? 'true' : 'false'
    case 'bigint':
      return writeDigits(walk, String(value))
    case 'symbol':
      return writeText(walk, String(value))
    case 'object':
      return value === null ? 'null' : writeObject(walk, value)
    default:
      return undefined
  }
}

export function writeText(walk: Walk, text: string): string {
  const { maxTextLength } = walk.limits
  if (walk.left <= 0) return '"[cut]"'
  if (text.length <= maxTextLength) {
    const clean = walk.redactor.text(text)
    walk.left -= clean.length
    return quote(clean)
  }
  // Looks further than it shows: a secret that begins before the cut is found whole.
  const clean = walk.redactor.text(text.slice(0, maxTextLength + 8_192))
  walk.left -= maxTextLength
  return quote(`${clean.slice(0, maxTextLength)}… [${text.length - maxTextLength} more characters]`)
}

/** A stack begins with the error's message, which may be anything; its calls are where it was made. */
function writeStack(walk: Walk, stack: string): string {
  const at = stack.indexOf('\n    at ')
  if (at === -1 || stack.length > walk.limits.maxTextLength || walk.left <= 0) return writeText(walk, stack)
  walk.left -= stack.length
  return `${quote(walk.redactor.text(stack.slice(0, at))).slice(0, -1)}${walk.calls(stack.slice(at))}"`
}

function writeDigits(walk: Walk, digits: string): string {
  const clean = walk.redactor.text(digits)
  return clean === digits ? digits : quote(clean)
}

function writeObject(walk: Walk, object: object): string | undefined {
  const { within, limits } = walk
  if (within.includes(object)) return '"[circular]"'
  if (walk.left <= 0) return '"[cut]"'
  within.push(object)
  try {
    const isArray = Array.isArray(object)
    if (within.length > limits.maxDepth) return isArray ? '"[array]"' : '"[object]"'
    if (isArray) return writeArray(walk, object)
    const { toJSON } = object as { readonly toJSON?: unknown }
    // Most are: what others may be is not asked then.
    if (isPlain(object) && typeof toJSON !== 'function') return writeMembers(walk, object)
    const mark = markOf(object)
    if (mark !== undefined) return writeText(walk, mark)
    if (object instanceof Error) return writeEntries(walk, entriesOfError(object, walk.stackName))
    if (object instanceof Set) return writeArray(walk, [...first(object, limits.maxEntries + 1)])
    if (object instanceof String || object instanceof Number || object instanceof Boolean)
      return writeValue(walk, object.valueOf())
    if (typeof toJSON === 'function') {
      const plain: unknown = toJSON.call(object, '')
      if (plain !== object) return writeValue(walk, plain)
    }
    return writeEntries(walk, entriesOf(object))
  } catch (error) {
    return writeText(walk, `[unreadable: ${describeFailure(error)}]`)
  } finally {
    within.pop()
  }
}

function writeArray(walk: Walk, array: readonly unknown[]): string {
  const { maxEntries } = walk.limits
  const length = Math.min(array.length, maxEntries)
  // Node's raw headers: names and values by turns.
  const mayBePairs = array.length % 2 === 0 && typeof array[0] === 'string'
  let text = '['
  for (let index = 0; index < length; index++) {
    if (index > 0) text += ','
    text += writeElement(walk, array, index, nameBefore(array, index, mayBePairs))
    walk.left--
  }
  if (array.length > length) text += `,"[${array.length - length} more]"`
  return `${text}]`
}

/** What names an element: `['Authorization', '…']`, `['run', '--password', '…']`. */
function nameBefore(array: readonly unknown[], index: number, mayBePairs: boolean): string | undefined {
  const before = index === 0 ? undefined : array[index - 1]
  if (typeof before !== 'string' || before.length > 100) return undefined
  return (mayBePairs && index % 2 === 1) || before.startsWith('-') ? before : undefined
}

function writeElement(walk: Walk, array: readonly unknown[], index: number, name: string | undefined): string {
  try {
    const value = array[index]
    const isSecret = typeof value === 'string' && name !== undefined && walk.redactor.hides(name)
    return (isSecret ? writeMember(walk, { clean: '', text: '', isSecret }, value) : writeValue(walk, value)) ?? 'null'
  } catch (error) {
    return writeText(walk, `[unreadable: ${describeFailure(error)}]`)
  }
}

/** The members of an object without a class. */
function writeMembers(walk: Walk, object: object): string {
  const names = Object.keys(object)
  const length = Math.min(names.length, walk.limits.maxEntries)
  let text = ''
  let redacted = 0
  for (let index = 0; index < length; index++) {
    const name = names[index] as string
    const known = walk.known(name)
    let value: string | undefined
    try {
      const given = (object as Readonly<Record<string, unknown>>)[name]
      const isSecret = name === 'value' && isSecretPair(walk, object)
      value = writeMember(walk, isSecret ? { ...known, isSecret } : known, given)
    } catch (error) {
      value = writeText(walk, `[unreadable: ${describeFailure(error)}]`)
    }
    if (value === undefined) continue
    walk.left -= known.text.length
    const nameText = known.clean === name ? known.text : textOfNth(known, redacted++)
    text += text === '' ? `${nameText}${value}` : `,${nameText}${value}`
  }
  return names.length > length ? `{${text},"…":"[more]"}` : `{${text}}`
}

/** What is no object without a class: a map, an error, a request. */
function writeEntries(walk: Walk, entries: Iterable<Entry>): string {
  const { maxEntries } = walk.limits
  let text = ''
  let count = 0
  let redacted = 0
  for (const [name, read] of entries) {
    if (count++ === maxEntries) {
      text += ',"…":"[more]"'
      break
    }
    const known = walk.known(name)
    const value = writeEntry(walk, name, known, read)
    if (value === undefined) continue
    walk.left -= known.text.length
    text += `,${known.clean === name ? known.text : textOfNth(known, redacted++)}${value}`
  }
  return `{${text.slice(1)}}`
}

function writeEntry(walk: Walk, name: string, known: KnownName, read: () => unknown): string | undefined {
  try {
    const given = read()
    const isStack = name === walk.stackName && typeof given === 'string'
    return isStack ? writeStack(walk, given) : writeMember(walk, known, given)
  } catch (error) {
    return writeText(walk, `[unreadable: ${describeFailure(error)}]`)
  }
}

function isPlain(object: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(object)
  return prototype === Object.prototype || prototype === null
}

/** `{ name: 'authorization', value: '…' }` is a header, as some write it. */
function isSecretPair(walk: Walk, object: object): boolean {
  const { name, key, value } = object as { readonly name?: unknown; readonly key?: unknown; readonly value?: unknown }
  if (typeof value !== 'string') return false
  const label = typeof name === 'string' ? name : key
  return typeof label === 'string' && label.length <= 100 && walk.redactor.hides(label)
}

function* first<item>(items: Iterable<item>, count: number): Generator<item> {
  let left = count
  for (const item of items) {
    if (left-- === 0) return
    yield item
  }
}
