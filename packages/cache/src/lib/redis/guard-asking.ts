import type { RedisClient } from './redis-client.ts'

/** What a client of a node has besides, where it is one of ioredis. */
type Asking = { asking?: (...args: unknown[]) => unknown }

/** On a client that is guarded. Other copies of this package find it, too. */
const GUARDED: unique symbol = Symbol.for('@breakwater/cache:asking')

/**
 * Keeps the process alive while slots of a Cluster move. ioredis then sends `ASKING` before a command, and lets go of the promise of
 * its answer: if the connection closes just then, nobody handles the rejection, of which Node ends. Nothing is lost by it: the
 * command that follows fails in the same way, and is sent again.
 *
 * Touches nothing else, and nothing at all of what is no Cluster of ioredis. Who calls `asking()` and looks at the answer sees it fail.
 *
 * @param client Any client. One that is guarded already stays as it is.
 */
export function guardAsking(client: RedisClient & { [GUARDED]?: true }): void {
  if (!client.isCluster || typeof client.nodes !== 'function' || client[GUARDED]) return
  client[GUARDED] = true
  client.on('+node', (node) => guardNode(Object(node)))
  for (const node of client.nodes()) guardNode(node as Asking)
}

function guardNode(node: Asking & { [GUARDED]?: true }): void {
  const { asking } = node
  if (typeof asking !== 'function' || node[GUARDED]) return
  node[GUARDED] = true
  node.asking = function (this: unknown, ...args) {
    const answer = Reflect.apply(asking, this, args)
    if (answer instanceof Promise) answer.catch(() => {})
    return answer
  }
}
