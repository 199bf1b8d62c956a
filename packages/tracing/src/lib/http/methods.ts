/** Methods that make a name: whoever sends another one could make as many names as they like. */
const KNOWN: ReadonlySet<string> = new Set([
  'CONNECT',
  'DELETE',
  'GET',
  'HEAD',
  'OPTIONS',
  'PATCH',
  'POST',
  'PUT',
  'QUERY',
  'TRACE',
])

/** What `http.request.method` says of the others. */
export const OTHER = '_OTHER'

/** @returns The method, or {@link OTHER}. */
export function knownMethod(method: string): string {
  return KNOWN.has(method) ? method : OTHER
}

/** What a span is called by its method; `HTTP` if that is none that makes a name. */
export function nameOf(method: string, route: string | undefined): string {
  const word = method === OTHER ? 'HTTP' : method
  return route === undefined ? word : `${word} ${route}`
}
