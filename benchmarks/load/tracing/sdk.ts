import type { Server } from 'node:http'
import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  type SpanProcessor,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace'

/** An SDK as one has it in production, but that its spans go nowhere. */
export interface CountedSdk {
  /** How many spans ended. */
  spans(): number
  /**
   * Goes when the server does: others share its process in tests.
   *
   * @param server The server.
   */
  closeWith(server: Server): void
}

/** There is one at a time, as OpenTelemetry has it. */
let current: TracerProvider | undefined

function unregister(): void {
  current = undefined
  trace.disable()
  context.disable()
}

/**
 * Registers an SDK.
 *
 * @param sampledRatio Part of the requests that is recorded.
 */
export function registerSdk(sampledRatio = 1): CountedSdk {
  let ended = 0
  const counting: SpanProcessor = {
    onStart() {},
    onEnd: () => void ended++,
    forceFlush: async () => {},
    shutdown: async () => {},
  }
  const batches = new BatchSpanProcessor({
    exporter: {
      export: (_spans: unknown, done: (result: { code: number }) => void) => done({ code: 0 }),
      shutdown: async () => {},
    },
  })
  const provider = new TracerProvider({
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(sampledRatio) }),
    spanProcessors: [counting, batches],
  })
  unregister()
  current = provider
  trace.setGlobalTracerProvider(provider)
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  return {
    spans: () => ended,
    closeWith(server) {
      server.once('close', () => {
        if (current === provider) unregister()
        void provider.shutdown()
      })
    },
  }
}
