import { once } from 'node:events'
import type { HttpServer } from '@breakwater/core'
import { expect, test } from 'vitest'
import { createReference } from '../transport/reference.ts'
import { type StopSubject, shutdownConformance } from './conformance.ts'

/** Ends every connection, whatever is under way. */
function createReckless(): StopSubject {
  let ended: HttpServer
  return {
    serve(server) {
      ended = server
    },
    async begin() {
      const closed = once(ended, 'close')
      ended.close()
      if ('closeAllConnections' in ended) ended.closeAllConnections()
      await closed
    },
  }
}

test('shutdownConformance() finds what is lost', async () => {
  for (const { run } of shutdownConformance(createReference(), createReckless))
    await expect(run()).rejects.toThrow(/before any byte of the answer/)
})
