/** A member of an object: its name, and how its value is read, which may throw. */
export type Entry = readonly [name: string, read: () => unknown]

/** What has no members that say anything. `undefined` for everything else. */
export function markOf(object: object): string | undefined {
  if (ArrayBuffer.isView(object) || object instanceof ArrayBuffer || object instanceof SharedArrayBuffer)
    return `[${object.byteLength} bytes]`
  if (object instanceof RegExp) return String(object)
  if (object instanceof Promise || object instanceof WeakMap || object instanceof WeakSet || object instanceof WeakRef)
    return `[${object.constructor.name}]`
  const { pipe, on, [Symbol.toStringTag]: tag } = object as Readonly<Record<string | symbol, unknown>>
  if (tag === 'Pino') return '[logger]'
  // Streams and sockets lead to everything that the process has.
  if (typeof pipe === 'function' && typeof on === 'function' && !isRequest(object) && !isResponse(object))
    return `[${object.constructor.name}]`
  return undefined
}

/** The members of anything that is neither an error, an array nor a set. */
export function entriesOf(object: object): Iterable<Entry> {
  if (object instanceof Map) return entriesOfMap(object)
  if (isRequest(object)) return entriesOfRequest(object)
  if (isResponse(object)) return entriesOfResponse(object)
  const tag = (object as { readonly [Symbol.toStringTag]?: unknown })[Symbol.toStringTag]
  if (tag === 'Headers' || tag === 'URLSearchParams' || tag === 'FormData')
    return entriesOfMap(object as Iterable<readonly [unknown, unknown]>)
  return entriesOfMembers(object)
}

/** Own members only, getters included: what a prototype computes is no state. */
export function* entriesOfMembers(object: object, without?: ReadonlySet<string>): Generator<Entry> {
  for (const name of Object.keys(object))
    if (without?.has(name) !== true) yield [name, () => (object as Readonly<Record<string, unknown>>)[name]]
}

/** Keys that are no texts may be the same as texts. */
function* entriesOfMap(map: Iterable<readonly [unknown, unknown]>): Generator<Entry> {
  const taken = new Set<string>()
  for (const [key, value] of map) {
    let name = typeof key === 'object' && key !== null ? '[object]' : String(key)
    while (taken.has(name)) name += '_'
    taken.add(name)
    yield [name, () => value]
  }
}

/** A request of Node's, of a framework on top of it, or of `fetch`. */
interface RequestLike {
  readonly method: string
  readonly url?: unknown
  readonly originalUrl?: unknown
  readonly headers: object
  readonly socket?: { readonly remoteAddress?: unknown } | undefined
}

function isRequest(object: object): object is RequestLike {
  const { method, headers, socket, raw, signal } = object as Readonly<Record<string, unknown>>
  const hasHead = typeof method === 'string' && typeof headers === 'object' && headers !== null
  return hasHead && (isObject(socket) || isObject(raw) || isObject(signal))
}

function entriesOfRequest(request: RequestLike): readonly Entry[] {
  return [
    ['method', () => request.method],
    ['url', () => request.originalUrl ?? request.url],
    ['headers', () => request.headers],
    ['remoteAddress', () => request.socket?.remoteAddress],
  ]
}

/** A response of Node's or of a framework on top of it, at a client or a server, or of `fetch`. */
interface ResponseLike {
  readonly statusCode?: unknown
  readonly status?: unknown
  readonly headers?: unknown
  getHeaders?(): unknown
}

function isResponse(object: object): object is ResponseLike {
  const { statusCode, getHeaders, headers, status, ok } = object as Readonly<Record<string, unknown>>
  if (typeof statusCode === 'number') return typeof getHeaders === 'function' || isObject(headers)
  return typeof status === 'number' && typeof ok === 'boolean' && isObject(headers)
}

function entriesOfResponse(response: ResponseLike): readonly Entry[] {
  return [
    ['status', () => response.statusCode ?? response.status],
    ['headers', () => (response.getHeaders === undefined ? response.headers : response.getHeaders())],
  ]
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null
}
