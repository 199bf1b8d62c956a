import type { Socket } from 'node:net'
import type { HttpServerHook } from '@breakwater/core'
import { OTHER_METHOD } from './methods.ts'
import type { OwnAnswers } from './own-answers.ts'
import type { RequestTable } from './request-table.ts'
import type { ResponseSizes } from './response-sizes.ts'
import type { Upgrades } from './upgrades.ts'

/** What Node's parser has read last. */
type ParsedSocket = Socket & { readonly parser?: { readonly incoming?: { readonly complete: boolean } | null } | null }

/** What {@link createRequestServerHook} writes to. */
export interface RequestServerHookOptions {
  /** Where requests are counted. */
  readonly table: RequestTable
  /** Told of heads. */
  readonly sizes: ResponseSizes
  /** Told of upgrades. */
  readonly upgrades: Upgrades
  /** Told of connections, and of heads. */
  readonly ownAnswers: OwnAnswers
}

/**
 * Creates what sees of the raw server what no request hook does: upgrades, what is not HTTP, what Node answers by
 * itself, and the bytes of responses.
 */
export function createRequestServerHook(options: RequestServerHookOptions): HttpServerHook {
  const { table, sizes, upgrades, ownAnswers } = options
  return {
    onConnection: (socket) => ownAnswers.watch(socket),
    onHead(request, response) {
      ownAnswers.skip(response)
      sizes.see(request, response)
    },
    onUpgrade: (request, socket) => upgrades.begin(request, socket),
    onClientError(error, socket) {
      const status = statusOf(error)
      // A client that goes away between two requests asked for nothing.
      if (status === undefined) return
      // Within a body: that request has begun, and its own hook counts it.
      if ((socket as ParsedSocket).parser?.incoming?.complete === false) return
      table.recordDuration(table.rowOf(undefined, OTHER_METHOD, status), 0)
    },
  }
}

/** What Node answers by itself. */
function statusOf(error: Error): number | undefined {
  const code = String((error as NodeJS.ErrnoException).code)
  if (code === 'HPE_HEADER_OVERFLOW') return 431
  if (code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW') return 413
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 408
  return code.startsWith('HPE_') ? 400 : undefined
}
