import { context, propagation, trace } from '@opentelemetry/api'
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  type ReadableSpan,
  type Sampler,
  SimpleSpanProcessor,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-node'
import { onTestFinished } from 'vitest'
import { createTracing, type Tracing, type TracingOptions } from '../../src/index.ts'

/** A real SDK that keeps what it gets. */
export interface Sdk {
  readonly provider: NodeTracerProvider
  /** Those that have ended, in this order. */
  readonly spans: readonly ReadableSpan[]
  /** The only one of a name. */
  find(name: string): ReadableSpan
}

export interface SdkOptions {
  readonly sampler?: Sampler
  readonly processors?: readonly SpanProcessor[]
  /** Whether a propagator is registered, too. */
  readonly propagates?: boolean
  /** Whether a context manager is registered, too. */
  readonly hasContext?: boolean
}

/** Registers an SDK for the length of a test. */
export function install({ sampler, processors = [], propagates = true, hasContext = true }: SdkOptions = {}): Sdk {
  const exporter = new InMemorySpanExporter()
  const provider = new NodeTracerProvider({
    spanProcessors: [new SimpleSpanProcessor(exporter), ...processors],
    ...(sampler && { sampler }),
  })
  provider.register({ ...(!propagates && { propagator: null }), ...(!hasContext && { contextManager: null }) })
  onTestFinished(uninstall)
  return {
    provider,
    get spans() {
      return exporter.getFinishedSpans()
    },
    find(name) {
      const found = exporter.getFinishedSpans().filter((span) => span.name === name)
      if (found.length !== 1)
        throw new Error(`there are ${found.length} spans "${name}" in ${this.spans.map((s) => s.name)}`)
      return found[0] as ReadableSpan
    },
  }
}

/** Takes whatever SDK there is away. */
export function uninstall(): void {
  trace.disable()
  context.disable()
  propagation.disable()
}

/** Ours, for the length of a test. */
export function tracingFor(options: TracingOptions = {}): Tracing {
  const tracing = createTracing(options)
  onTestFinished(() => tracing.close())
  return tracing
}
