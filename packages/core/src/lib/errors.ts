/**
 * What goes wrong in operation and is meant to be caught. Wrong arguments are Node's own `TypeError` and `RangeError`.
 *
 * Recognise one by its `code`, see {@link hasCode}: `instanceof` fails where two versions of a package share a process.
 */
export abstract class OperationalError extends Error {
  /** The class's own, said as a literal so that it survives minification. */
  abstract override readonly name: string
  /** `ERR_…` as Node's. Part of the public interface: it never changes within a major version. */
  abstract readonly code: `ERR_${string}`
}

/**
 * An {@link OperationalError} that says "not now": thrown instead of doing something, often thousands of times a
 * second and just when the process has least to spare. So it has no stack frames, and its text is put together when
 * somebody reads it.
 */
export abstract class RefusalError extends OperationalError {
  /** Built on each read. */
  abstract override get message(): string

  /** Sets nothing: subclasses keep what their message needs. */
  constructor() {
    const limit = Error.stackTraceLimit
    limitStackTraces(0)
    super()
    limitStackTraces(limit)
  }
}

function limitStackTraces(frames: number): void {
  try {
    Error.stackTraceLimit = frames
  } catch {
    // Frozen intrinsics: the refusal has frames then, but stays what it is.
  }
}

/**
 * Whether something thrown carries a code, whichever copy of whichever package threw it. Never throws itself.
 *
 * @param error What was caught.
 * @param code A code such as `ERR_CIRCUIT_OPEN`.
 */
export function hasCode<code extends string>(error: unknown, code: code): error is Error & { readonly code: code } {
  try {
    return (error as { code?: unknown } | null | undefined)?.code === code
  } catch {
    return false // a getter or a proxy that throws
  }
}
