import assert from 'node:assert/strict'
// #region
import {
  type Clock,
  createEmitter,
  type Measured,
  type Observable,
  positiveInteger,
  systemClock,
} from '@breakwater/core'

type QueueEvent = { readonly type: 'queue:overflowed'; readonly waiting: number }

interface QueueOptions {
  readonly name: string
  readonly maxWaiting?: number | undefined
  readonly clock?: Clock | undefined
}

interface Queue extends Observable<QueueEvent>, Measured {
  push(item: string): boolean
}

function createQueue({ name, maxWaiting = 1_000, clock = systemClock }: QueueOptions): Queue {
  positiveInteger('maxWaiting', maxWaiting)
  const events = createEmitter<QueueEvent>('example:queue', name)
  const items: { item: string; sinceMs: number }[] = []
  let pushed = 0 // counted, not told: it happens on every call

  return {
    kind: 'queue',
    name,
    subscribe: events.subscribe,
    push(item) {
      if (items.length >= maxWaiting) {
        events.emit({ type: 'queue:overflowed', waiting: items.length })
        return false
      }
      pushed++
      items.push({ item, sinceMs: clock.now() })
      return true
    },
    measure: () => [
      { name: 'queue_pushed_total', help: 'Items that were taken in.', kind: 'counter', value: pushed },
      { name: 'queue_waiting', help: 'Items that wait now.', kind: 'gauge', value: items.length },
    ],
  }
}
// #endregion

const queue = createQueue({ name: 'mail', maxWaiting: 1 })
const heard: QueueEvent[] = []
queue.subscribe((event) => heard.push(event))
assert.equal(queue.push('a'), true)
assert.equal(queue.push('b'), false)
assert.deepEqual(heard, [{ type: 'queue:overflowed', waiting: 1 }])
assert.deepEqual(
  queue.measure().map(({ value }) => value),
  [1, 1],
)
