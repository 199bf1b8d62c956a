/** What is known of a policy when its place in a pipeline is looked at. */
export interface Placed {
  readonly kind: string
  readonly name: string
  /** Of a timeout. */
  readonly limitMs?: number
}

/**
 * Finds orders that make no sense: they work, but one policy keeps another from doing what it is there for.
 *
 * @param policies Outermost first.
 * @returns A sentence for each.
 */
export function findOddOrders(policies: readonly Placed[]): readonly string[] {
  return policies.flatMap((outer, index) =>
    policies.slice(index + 1).flatMap((inner) => {
      const why = whyOdd(outer, inner, policies.slice(policies.indexOf(inner) + 1))
      return why === undefined ? [] : [`${label(outer)} stands outside of ${label(inner)}: ${why}`]
    }),
  )
}

function whyOdd(outer: Placed, inner: Placed, further: readonly Placed[]): string | undefined {
  switch (`${outer.kind} > ${inner.kind}`) {
    case 'retry > fallback':
      return 'it never sees a failure that the fallback handled, so it never tries again; put the fallback outermost'
    case 'breaker > fallback':
      return 'it never sees a failure that the fallback handled, so it never opens; put the fallback outermost'
    case 'adaptive_limit > fallback':
      return 'it never sees a failure that the fallback handled; put the fallback outermost'
    case 'retry > retry':
      return 'their attempts multiply; keep one of them'
    case 'adaptive_limit > retry':
      return 'it takes the waits between attempts for latency; put the retry outside of it'
    case 'timeout > breaker':
    case 'timeout > adaptive_limit':
      return further.some(({ kind }) => kind === 'timeout')
        ? undefined
        : 'what hangs is ended around it, so it never learns of it; put a timeout inside of it, too'
    case 'timeout > timeout':
      return (outer.limitMs ?? Infinity) <= (inner.limitMs ?? 0)
        ? `after ${outer.limitMs} ms it ends what the other would end after ${inner.limitMs} ms; give the outer one more time`
        : undefined
    default:
      return undefined
  }
}

function label({ kind, name }: Placed): string {
  return `${kind} "${name}"`
}
