import {
  type Context,
  context,
  createContextKey,
  ProxyTracerProvider,
  ROOT_CONTEXT,
  type Tracer,
  type TracerProvider,
  trace,
} from '@opentelemetry/api'

/** What is told of the search. */
export interface TracerListener {
  /** Another tracer, or none. */
  onChange(tracer: Tracer | undefined): void
  /** Looking for one threw. */
  onFault(error: unknown): void
}

/** What the API hands out while nobody registered anything. */
const NOTHING = new ProxyTracerProvider().getDelegate()
/** The name of whoever makes the spans. */
const SCOPE = '@breakwater/tracing'

/**
 * Finds the tracer of an SDK, if there is one. An SDK may come and go at any time, and nothing tells of it, so it is
 * asked for often: that takes some ten nanoseconds.
 */
export class TracerFinder {
  readonly #given: TracerProvider | undefined
  readonly #listener: TracerListener
  #real: TracerProvider = NOTHING
  #tracer: Tracer | undefined
  #isClosed = false

  constructor(given: TracerProvider | undefined, listener: TracerListener) {
    this.#given = given
    this.#listener = listener
  }

  /** The one that was found last. */
  get current(): Tracer | undefined {
    return this.#tracer
  }

  /** The tracer that is there now. Never throws. */
  find(): Tracer | undefined {
    if (this.#isClosed) return undefined
    try {
      const real = delegateOf(this.#given ?? trace.getTracerProvider())
      if (real !== this.#real) this.#change(real)
    } catch (error) {
      this.#listener.onFault(error)
    }
    return this.#tracer
  }

  /** Finds none any more. */
  close(): void {
    this.#isClosed = true
    if (this.#tracer !== undefined) this.#set(undefined)
  }

  #change(real: TracerProvider): void {
    // Also if it throws: it is not asked again for each request.
    this.#real = real
    this.#set(undefined)
    if (real !== NOTHING) this.#set(real.getTracer(SCOPE))
  }

  #set(tracer: Tracer | undefined): void {
    if (tracer === this.#tracer) return
    this.#tracer = tracer
    this.#listener.onChange(tracer)
  }
}

/** The global provider stands for one that may come later. */
function delegateOf(provider: TracerProvider & { getDelegate?: () => TracerProvider }): TracerProvider {
  return provider.getDelegate?.() ?? provider
}

const PROBE = createContextKey('breakwater tracing probe')

/** Whether somebody carries contexts along, without which there is no active span. */
export function hasContextManager(): boolean {
  const probe = ROOT_CONTEXT.setValue(PROBE, true)
  let active: Context | undefined
  context.with(probe, () => {
    active = context.active()
  })
  return active === probe
}
