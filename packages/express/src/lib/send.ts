import type { ServerResponse } from 'node:http'
import { constants } from 'node:http2'
import { pipeline, Readable } from 'node:stream'
import type { HttpReply, NodeResponse } from '@breakwater/core'

/**
 * Sends a reply. Pieces of a body are asked for as fast as the client takes them, and no more once it is gone.
 *
 * @param response Where to.
 * @param reply What.
 * @param onError Hears what the body threw. The response is cut then, as its head is out.
 */
export function send(
  response: NodeResponse,
  { status, headers = NONE, body }: HttpReply,
  onError: (error: unknown) => void,
): void {
  if (response.headersSent || isGone(response)) return
  const isWhole = typeof body === 'string' || body instanceof Uint8Array
  // Handing over the whole head at once takes half as long as setting each header. It is the same call on HTTP/2.
  const head: Record<string, string | number> =
    typeof body === 'string' && !hasType(headers) ? { [TYPE]: TEXT, ...headers } : { ...headers }
  if (isWhole && status !== 204 && status !== 304) head['content-length'] = Buffer.byteLength(body)
  void (response as ServerResponse).writeHead(status, head)
  if (body === undefined) return void response.end()
  if (isWhole) return void response.end(body)
  if (response.req.method === 'HEAD') return void response.end()
  pipeline(Readable.from(body), response, (error) => {
    // The client going is told by the exchange's outcome.
    if (error && error.code !== 'ERR_STREAM_PREMATURE_CLOSE') onError(error)
  })
}

const NONE = {}
const TYPE = 'content-type'
const TEXT = 'text/plain; charset=utf-8'

/** Whatever its case: the same header twice would go out twice. */
function hasType(headers: Readonly<Record<string, string>>): boolean {
  if (headers[TYPE] !== undefined) return true
  for (const name in headers) if (name.length === TYPE.length && name.toLowerCase() === TYPE) return true
  return false
}

/** Nothing can be piped there any more, and no head is sent. */
function isGone(response: NodeResponse): boolean {
  return 'stream' in response ? response.stream.closed : response.destroyed
}

/**
 * Cuts a response short, so that the client sees that it is not whole.
 *
 * @param response The response.
 */
export function cut(response: NodeResponse): void {
  // Without a code, HTTP/2 would end it as if it were whole.
  if ('stream' in response) response.stream.close(constants.NGHTTP2_INTERNAL_ERROR)
  else response.destroy()
}
