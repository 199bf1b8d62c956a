import type { HttpEndpoint, HttpReply } from '@breakwater/core'
import { compress } from './compress.ts'
import type { Format } from './format.ts'
import { chooseFormat, wantsGzip } from './negotiate.ts'
import { createRendition, type Rendition } from './rendition.ts'
import type { Scraper } from './scrape.ts'

/** Texts that may be in memory at once, each for readers of its own. */
const MAX_HELD = 4
const RETRY_AFTER_SECONDS = 1

const METHOD_NOT_ALLOWED: HttpReply = Object.freeze({ status: 405, headers: { allow: 'GET, HEAD' } })
const TOO_MANY: HttpReply = Object.freeze({
  status: 503,
  headers: { 'retry-after': String(RETRY_AFTER_SECONDS), 'cache-control': 'no-store' },
  body: 'Too many scrapes are still being read\n',
})

/**
 * Creates what Prometheus scrapes. It answers in the format that the client likes best, compressed if it likes that,
 * and in pieces, so that nothing else has to wait long.
 *
 * Scrapes that come while one is being written share it. If readers are so slow that four texts are held for them,
 * who comes then reads the newest of these.
 *
 * @param scraper What writes.
 */
export function createExpositionEndpoint(scraper: Pick<Scraper, 'bytes'>): HttpEndpoint {
  const texts = new Map<Format, Rendition<Uint8Array>>()
  const gzips = new Map<Format, Rendition<Uint8Array>>()
  let held: readonly Rendition<unknown>[] = []

  return (exchange) => {
    if (exchange.method !== 'GET' && exchange.method !== 'HEAD') return METHOD_NOT_ALLOWED
    const format = chooseFormat(exchange.header('accept'))
    const isGzip = wantsGzip(exchange.header('accept-encoding'))
    if (exchange.method === 'HEAD') return { status: 200, headers: headersOf(format, isGzip) }
    const body = isGzip ? gzipOf(format) : textOf(format)
    return body === undefined ? TOO_MANY : { status: 200, headers: headersOf(format, isGzip), body: body.read() }
  }

  function textOf(format: Format): Rendition<Uint8Array> | undefined {
    return take(texts, format, () => createRendition(scraper.bytes(format)))
  }

  function gzipOf(format: Format): Rendition<Uint8Array> | undefined {
    return take(gzips, format, () => {
      const text = textOf(format)
      return text && createRendition(compress(text.read()))
    })
  }

  function take(
    known: Map<Format, Rendition<Uint8Array>>,
    format: Format,
    make: () => Rendition<Uint8Array> | undefined,
  ): Rendition<Uint8Array> | undefined {
    const last = known.get(format)
    if (last?.isFresh === true) return last
    held = held.filter(({ isHeld }) => isHeld)
    if (held.length >= MAX_HELD) return last?.isHeld === true ? last : undefined
    const next = make()
    if (next === undefined) return undefined
    known.set(format, next)
    held = [...held, next]
    return next
  }
}

function headersOf({ contentType }: Format, isGzip: boolean): Readonly<Record<string, string>> {
  const headers = { 'content-type': contentType, 'cache-control': 'no-store', vary: 'accept, accept-encoding' }
  return isGzip ? { ...headers, 'content-encoding': 'gzip' } : headers
}
