import type { Attributes } from '@opentelemetry/api'
import { DEFAULT_PORTS, type Origin } from '../options.ts'
import type { Headed } from '../propagation/propagation.ts'
import { knownMethod, OTHER } from './methods.ts'

/** Texts that clients send are as long as they like. */
const MAX_TEXT_LENGTH = 1_024
const HOST = /^(\[[\da-f:.]{2,45}\]|[\w.-]{1,255})(?::(\d{1,5}))?$/i

/** Most requests name the same host. */
interface KnownHost {
  readonly text: string
  readonly address: string | undefined
  readonly port: number | undefined
}

/**
 * Makes what says of a request what is known when it comes in, so that samplers can decide by it.
 *
 * @param origin Where clients find this service, if that is not left to what they say.
 * @see OpenTelemetry, Semantic Conventions for HTTP Spans, "HTTP server".
 */
export function createStartAttributes(origin: Origin | undefined): (exchange: Headed) => Attributes {
  let host: KnownHost = { text: '', address: undefined, port: undefined }

  return (exchange) => {
    const { method } = exchange
    const http2Scheme = exchange.header(':scheme')
    const scheme = origin?.scheme ?? toScheme(http2Scheme ?? exchange.header('x-forwarded-proto'))
    const text = origin === undefined ? (exchange.header(':authority') ?? exchange.header('host') ?? '') : ''
    if (text !== host.text) host = parseHost(text)
    const known = knownMethod(method)
    const agent = exchange.header('user-agent')
    const attributes: Attributes = {
      'http.request.method': known,
      'url.path': cut(exchange.path),
      'url.scheme': scheme,
      'network.protocol.version': http2Scheme === undefined ? '1.1' : '2',
    }
    if (known === OTHER) attributes['http.request.method_original'] = cut(method)
    const { address, port } = origin ?? host
    if (address !== undefined) {
      attributes['server.address'] = address
      attributes['server.port'] = port ?? DEFAULT_PORTS[scheme]
    }
    if (agent !== undefined) attributes['user_agent.original'] = cut(agent)
    return attributes
  }
}

/** Only these two: anybody may send the header. */
function toScheme(text: string | undefined): Origin['scheme'] {
  return text === 'https' || text?.startsWith('https,') ? 'https' : 'http'
}

function parseHost(text: string): KnownHost {
  const [, address, port] = text.length > 300 ? [] : (HOST.exec(text) ?? [])
  return { text, address, port: port === undefined ? undefined : Number(port) }
}

/** Shortened to what is kept of texts that others write. */
export function cut(text: string): string {
  return text.length > MAX_TEXT_LENGTH ? text.slice(0, MAX_TEXT_LENGTH) : text
}
