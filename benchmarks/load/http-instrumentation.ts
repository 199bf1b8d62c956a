import { createRequire } from 'node:module'
import { trace } from '@opentelemetry/api'
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http'

/** One for all, as modules are shown to the first one only. */
let instrumentation: HttpInstrumentation | undefined
let users = 0

/** OpenTelemetry's own instrumentation, at work. */
export interface WatchedHttp {
  readonly instrumentation: HttpInstrumentation
  /** Has it watch servers no more, once nobody wants it. */
  stop(): void
}

/** Has OpenTelemetry's own instrumentation watch all servers of this process. */
export function watchHttp(): WatchedHttp {
  instrumentation ??= new HttpInstrumentation()
  const watching = instrumentation
  watching.setTracerProvider(trace.getTracerProvider())
  watching.enable()
  users++
  // It sees a module when it is asked for, also one that is there already.
  createRequire(import.meta.url)('node:http')
  return {
    instrumentation: watching,
    stop() {
      if (--users === 0) watching.disable()
    },
  }
}
