import type { HttpExchange, HttpHook } from '@breakwater/core'
import { LIVE_PATH } from './live-path.ts'

/**
 * Keeps the end of WebSockets from a hook that would take them for requests which took hours and were never answered. What was
 * refused is told as ever: it was answered.
 *
 * @param hook The hook.
 */
export function withoutUpgraded(hook: HttpHook): HttpHook {
  return {
    onStart: (exchange, slot) => hook.onStart?.(exchange, slot),
    ...(hook.around && { around: (exchange, next, slot) => hook.around?.(exchange, next, slot) }),
    onHead: (exchange, slot) => hook.onHead?.(exchange, slot),
    onEnd(exchange, slot) {
      if (!isUpgraded(exchange)) hook.onEnd?.(exchange, slot)
    },
  }
}

/** The 101 goes past the response, which keeps its first status: nothing else that is asked here is answered with that. */
function isUpgraded({ path, status }: HttpExchange): boolean {
  return path === LIVE_PATH && status === 200
}
