import type { HttpHook, HttpServer, HttpServerHook } from '@breakwater/core'

/** Where a server keeps what is mounted on it. Other copies of this package find it, too. */
const MOUNTED: unique symbol = Symbol.for('@breakwater/fastify:mounted')

type Hook = HttpHook | HttpServerHook

/**
 * Notes which hooks are mounted on a server. One that is mounted twice would count, log and trace each request twice, also
 * where the instances are siblings: every plugin knows of all requests of its server.
 *
 * @param server Fastify's server.
 * @param hooks What is mounted on it from now on.
 * @returns Takes the note back.
 * @throws {Error} If one of them is mounted on it already.
 */
export function claim(server: HttpServer & { [MOUNTED]?: Set<Hook> }, hooks: readonly Hook[]): () => void {
  server[MOUNTED] ??= new Set()
  const mounted = server[MOUNTED]
  if (hooks.some((hook) => mounted.has(hook)))
    throw new Error('Cannot mount a hook twice on one server as every request would be told to it twice: mount it once')
  for (const hook of hooks) mounted.add(hook)
  return () => {
    for (const hook of hooks) mounted.delete(hook)
  }
}
