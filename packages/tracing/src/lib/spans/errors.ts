/** What a span says of something that was thrown. */
export interface ThrownShape {
  /** From a bounded set, or nearly: the code, or the name of the class. */
  readonly type: string
  readonly message: string
}

const MAX_TYPE_LENGTH = 100

/** Anybody's error may be anything, and may throw when it is read. */
export function describeThrown(error: unknown): ThrownShape {
  try {
    const { code, name, message } = Object(error) as Partial<Record<'code' | 'name' | 'message', unknown>>
    const type = [code, name].find((each) => typeof each === 'string' && each !== '') ?? typeof error
    return {
      type: String(type).slice(0, MAX_TYPE_LENGTH),
      message: typeof message === 'string' ? message : String(error),
    }
  } catch {
    return { type: 'unreadable', message: '' }
  }
}
