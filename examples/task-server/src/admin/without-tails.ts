import type { HttpHook } from '@breakwater/core'
import { TAIL_PATH } from './admin-path.ts'

/**
 * Keeps the end of those who followed the log from a hook that would take them for requests which took an hour. Who was refused is told
 * as ever.
 *
 * @param hook The hook.
 */
export function withoutTails(hook: HttpHook): HttpHook {
  return {
    ...hook,
    onEnd(exchange, slot) {
      if (exchange.path !== TAIL_PATH || exchange.status !== 200) hook.onEnd?.(exchange, slot)
    },
  }
}
