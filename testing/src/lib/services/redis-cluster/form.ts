import { type RedisNode, withRedis } from '../redis-node.ts'
import { until } from '../until.ts'
import { SLOTS } from './hash-slot.ts'
import { look } from './view.ts'

/** Redis forgets an introduction that comes to nothing after a second. */
const MEET_EVERY_MS = 1_500

/**
 * Makes a cluster of nodes that do not know each other. The slots are spread evenly over the masters.
 *
 * @param masters The masters, in the order of their slots.
 * @param replicas As many, each of the master in the same place.
 * @returns The names that the cluster gave them: those of the masters, then those of the replicas.
 */
export async function formCluster(
  masters: readonly RedisNode[],
  replicas: readonly RedisNode[],
): Promise<readonly string[]> {
  await Promise.all(masters.map((master, index) => giveSlots(master, index, masters.length)))
  const nodes = [...masters, ...replicas]
  await meet(nodes)
  const ids = await Promise.all(nodes.map(async ({ url }) => (await look(url)).self.id))
  await Promise.all(
    replicas.map(({ url }, index) => withRedis(url, (redis) => redis.cluster('REPLICATE', ids[index] as string))),
  )
  return ids
}

async function giveSlots({ url }: RedisNode, index: number, count: number): Promise<void> {
  const start = (at: number): number => Math.round((at * SLOTS) / count)
  const slots = Array.from({ length: start(index + 1) - start(index) }, (_, slot) => start(index) + slot)
  await withRedis(url, async (redis) => {
    await redis.cluster('SET-CONFIG-EPOCH', index + 1) // else they would first have to settle who is right
    await redis.cluster('ADDSLOTS', ...slots)
  })
}

/** Introduces every node to those after it: with only one that knows all, the others hear of each other seconds later. */
async function meet(nodes: readonly RedisNode[]): Promise<void> {
  let metAtMs = Number.NEGATIVE_INFINITY
  await until('let the nodes of a cluster meet', async () => {
    const known = await Promise.all(nodes.map(async ({ url }) => (await look(url)).all))
    const knows = (one: number, other: RedisNode): boolean =>
      known[one]?.some(({ port, isReached }) => isReached && port === other.port) ?? false
    const pairs = nodes.flatMap((node, one) =>
      nodes.slice(one + 1).flatMap((other, after) => {
        const isDone = knows(one, other) && knows(one + 1 + after, node)
        return isDone ? [] : [{ node, other }]
      }),
    )
    const [first] = pairs
    if (first === undefined) return
    if (performance.now() - metAtMs > MEET_EVERY_MS) {
      metAtMs = performance.now()
      await Promise.all(
        pairs.map(({ node, other }) => withRedis(node.url, (redis) => redis.cluster('MEET', '127.0.0.1', other.port))),
      )
    }
    return `${first.node.url} and ${first.other.url} do not know each other`
  })
}
