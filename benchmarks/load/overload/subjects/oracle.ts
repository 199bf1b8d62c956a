import type { HttpHook } from '@breakwater/core'
import { toPlugin } from '@breakwater/fastify'
import type { KindName } from '../../../src/overload/kinds.ts'
import type { Mount } from '../../../src/overload/subject.ts'

/** What is right for each load, found by trying. Nobody knows it of a real service. */
interface Gate {
  /** The most requests that are let in while the event loop takes one turn. */
  readonly maxPerTurn: number
  /** The most requests that are worked on at once. */
  readonly maxBusy: number
}

const GATES: Readonly<Record<KindName, Gate>> = {
  cpu: { maxPerTurn: 3, maxBusy: 3 },
  pool: { maxPerTurn: Number.POSITIVE_INFINITY, maxBusy: 14 },
  mixed: { maxPerTurn: 3, maxBusy: 16 },
}

/** What somebody reaches who knows the load: all that refusing costs, and no guessing. */
export const mount: Mount = async (app, kind) => {
  const { maxPerTurn, maxBusy } = GATES[kind]
  let busy = 0
  let thisTurn = 0
  const endTurn = (): void => {
    thisTurn = 0
  }
  const hook: HttpHook = {
    onStart(exchange, slot) {
      if (busy >= maxBusy || thisTurn >= maxPerTurn)
        return { status: 503, headers: { 'Retry-After': '1' }, body: 'Overloaded' }
      if (thisTurn++ === 0) setImmediate(endTurn)
      busy++
      exchange.slots[slot] = true
      return undefined
    },
    onEnd(exchange, slot) {
      if (exchange.slots[slot] === true) busy--
    },
  }
  await app.register(toPlugin({ hooks: [hook] }))
  return { report: () => ({ busy }) }
}
