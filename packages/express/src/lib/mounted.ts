import type { HttpHook, NodeResponse } from '@breakwater/core'

/** Where a response keeps the lists of hooks that run for it. Other copies of this package find it, too. */
const RUNNING: unique symbol = Symbol.for('@breakwater/express:running')

/** Hooks that are mounted together, in a list of its own, so that none has to be made for each request. */
export type Mounted = readonly [readonly HttpHook[]]

/**
 * Notes which hooks run for a response. A hook in two lists would count, log and trace a request twice. The same list again is
 * nothing, as where an application passes a request to itself.
 *
 * @param response Node's response.
 * @param mounted What is to run for it from now on.
 * @returns What is wrong, if one of them runs for it already.
 */
export function claim(
  response: NodeResponse & { [RUNNING]?: readonly (readonly HttpHook[])[] },
  mounted: Mounted,
): Error | undefined {
  const running = response[RUNNING]
  if (running === undefined) {
    response[RUNNING] = mounted
    return undefined
  }
  const [hooks] = mounted
  if (running.includes(hooks)) return undefined
  response[RUNNING] = [...running, hooks]
  if (!running.some((others) => others.some((hook) => hooks.includes(hook)))) return undefined
  return new Error('Cannot run a hook twice for one request as it is mounted twice on its way: mount each once')
}
