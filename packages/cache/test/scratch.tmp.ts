import { createCache, type Cache } from '../src/index.ts'
import { createRedisTier } from '../src/redis.ts'
import { createWorld } from '../src/lib/testing/simulated-network.ts'
import { createMeddler, drawWorldAction, type WorldAction } from '../src/lib/testing/world-actions.ts'
import { Dice } from '../src/lib/testing/dice.ts'
import { shrinkActions } from '../src/lib/testing/shrink.ts'

type Op =
  | { do: 'read'; node: number; key: number; beforeMs: number; afterMs: number; how: 'getOrSet' | 'get' | 'many' }
  | { do: 'write'; node: number; key: number; how: 'delete' | 'set' | 'tag' | 'clear' }
  | WorldAction
const KEYS = 3
const STALE = 1000
function draw(dice: Dice, world: any, faults: boolean): Op {
  const r = dice.next()
  if (r < 0.35) return { do: 'read', node: dice.between(0, 2), key: dice.between(0, KEYS - 1), beforeMs: dice.pick([0, 1, 5, 40]), afterMs: dice.pick([0, 1, 5, 40, 300]), how: dice.pick(['getOrSet', 'getOrSet', 'get', 'many']) }
  if (r < 0.6) return { do: 'write', node: dice.between(0, 2), key: dice.between(0, KEYS - 1), how: dice.pick(process.env.SETS ? ['delete','delete','set','tag','clear'] : ['delete', 'delete', 'tag', 'clear']) }
  if (r < 0.8 || !faults) return { do: 'wait', ms: dice.pick([0, 1, 2, 5, 20, 100, 400]) }
  return drawWorldAction(dice, world, ['drop', 'drop', 'hold', 'refuse', 'slow', 'freeze', 'set wall clock', 'pause', 'crash', 'close sessions', 'forget scripts', 'trim', 'evict', 'jump time', 'flush'])
}
interface Write { order: number; v: number; calledMs: number; node: number; appliedMs: number }
async function run(seed: number, ops: readonly Op[]): Promise<string | undefined> {
  const world = createWorld({ seed, nodes: 3 })
  const meddler = createMeddler(world)
  const problems: string[] = []
  const caches: Cache[] = world.nodes.map((node) => {
    const d = new Dice(seed, 9, node.id)
    return createCache({ name: 'c', shared: createRedisTier(world.createClient(node), { shards: seed % 3 === 0 ? 2 : 1 }), clock: node.clock, ttlMs: 600_000, maxStalenessMs: STALE, random: () => d.next(), retryDelayMs: 0 })
  })
  const source = new Array(KEYS).fill(0) as number[]
  const writes: Write[][] = Array.from({ length: KEYS }, () => [])
  const frozenUntil = [0, 0, 0]
  let open = 0, order = 0
  await world.run(100)
  const check = (node: number, key: number, t0: number, v: unknown, what: string, at: number) => {
    if (v === undefined || v === null) return
    for (const w of writes[key]!) {
      if (w.v <= (v as number)) continue
      if (w.node === node && w.order < at) problems.push(`${what} on ${node} of k${key} begun at ${t0} returned ${v}, own write ${w.v} at ${w.calledMs}`)
      else if (w.appliedMs + STALE + 700 < t0) problems.push(`${what} on ${node} of k${key} begun at ${t0} returned ${v}, write ${w.v} by ${w.node} applied at ${w.appliedMs}`)
    }
  }
  const sleep = (node: number, ms: number) => ms === 0 ? Promise.resolve() : world.nodes[node]!.clock.sleep(ms)
  for (const op of ops) {
    if (op.do === 'read') {
      world.nodes[op.node]!.run(() => {
        const t0 = world.nowMs, at = order++
        open++
        const cache = caches[op.node]!
        const loader = async () => { await sleep(op.node, op.beforeMs); const v = source[op.key]!; await sleep(op.node, op.afterMs); return v }
        const k = `k${op.key}`
        const p = op.how === 'get' ? cache.get(k) : op.how === 'many' ? cache.getOrSetMany([k], async () => new Map([[k, await loader()]]), { tags: [`t${op.key % 2}`] }).then((m) => m.get(k)) : cache.getOrSet(k, loader, { tags: [`t${op.key % 2}`] })
        p.then((v) => { open--; check(op.node, op.key, t0, v, op.how, at) }, (e) => { open--; problems.push('error ' + e) })
      })
    } else if (op.do === 'write') {
      world.nodes[op.node]!.run(() => {
        const cache = caches[op.node]!
        const keys = op.how === 'tag' ? [0, 1, 2].filter((k) => k % 2 === op.key % 2) : op.how === 'clear' ? [0, 1, 2] : [op.key]
        const ws = keys.map((k) => { const w: Write = { order: order++, v: ++source[k]!, calledMs: world.nowMs, node: op.node, appliedMs: Infinity }; writes[k]!.push(w); return w })
        open++
        const p = op.how === 'delete' ? cache.delete(`k${op.key}`) : op.how === 'set' ? cache.set(`k${op.key}`, source[op.key]!, { tags: [`t${op.key % 2}`] }) : op.how === 'tag' ? cache.invalidateTags([`t${op.key % 2}`]) : cache.clear()
        p.then((r) => { open--; if (r === 'applied') for (const w of ws) w.appliedMs = world.nowMs }, (e) => { open--; problems.push('error ' + e) })
      })
    } else await meddler.apply(op as WorldAction)
    if (problems.length > 0) break
  }
  if (problems.length === 0) {
    meddler.heal()
    await world.run(15_000)
    if (open > 0) problems.push(`${open} calls never ended`)
    for (const [n, cache] of caches.entries()) for (let k = 0; k < KEYS; k++) {
      let v: unknown
      cache.get(`k${k}`).then((x) => { v = x })
      await world.run(500)
      if (v !== undefined && v !== source[k]) problems.push(`at the end node ${n} has ${v} of k${k}, not ${source[k]}`)
    }
    const eng = (cache: any) => cache.engine
    for (const [n, c] of caches.entries()) { const e = eng(c); if (e.flights.size || e.pendingKeys.size || e.shared.outbox.size) problems.push(`node ${n} keeps ${e.flights.size} flights, ${e.shared.outbox.size} queued`) }
  }
  await world.close()
  return problems[0]
}
const from = Number(process.argv[2] ?? 1), count = Number(process.argv[3] ?? 50), faults = process.argv[4] !== 'calm'
let bad = 0
const t = performance.now()
for (let seed = from; seed < from + count && bad < 3; seed++) {
  const dice = new Dice(seed, 77)
  const w = { nodes: [0, 0, 0], servers: [0] } as any
  const ops = Array.from({ length: 60 }, () => draw(dice, w, faults))
  const problem = await run(seed, ops)
  if (problem) {
    bad++
    console.log('SEED', seed, problem)
    const small = await shrinkActions(ops, async (list) => (await run(seed, list)) !== undefined, { runs: 150 })
    console.log(await run(seed, small)); for (const op of small) console.log('  ', JSON.stringify(op))
  }
}
console.log('done', count, Math.round(performance.now() - t), 'ms')
process.exit(0)
