import { Dice } from '../../src/lib/testing/dice.ts'
import { createWorld, type World } from '../../src/lib/testing/simulated-network.ts'
import type { SimulatedNode } from '../../src/lib/testing/simulated-node.ts'
import { createMeddler, type Meddler, type WorldAction } from '../../src/lib/testing/world-actions.ts'
import type { CacheNode, CacheSubject, SubjectLoad } from './cache-subject.ts'
import { Judge, toValue } from './judge.ts'
import { type Call, type Change, Ledger, type Load, NEVER } from './ledger.ts'
import type { CachePlan } from './plan.ts'
import { type CacheStep, KEYS, type LoaderPlan, type ReadStep, TAGS, toKey, toTagsOf, type WriteStep } from './steps.ts'

/** Timers of processes that were killed are still planned, and do nothing: that of connecting is the longest. */
const LONGEST_TIMER_MS = 17_000
const EVERY_KEY = Array.from({ length: KEYS }, (_, key) => key)

interface Actor {
  readonly node: SimulatedNode
  readonly cache: CacheNode
}

/** A world with caches in it, to which things are done, and a judge who sees everything. */
export class Stage {
  readonly world: World
  readonly ledger: Ledger
  readonly judge: Judge
  readonly #subject: CacheSubject
  readonly #plan: CachePlan
  readonly #meddler: Meddler
  readonly #actors: Actor[] = []
  readonly #comingBack = new Set<() => void>()
  #calls = 0

  /**
   * @param subject What is put to the test.
   * @param plan How.
   */
  constructor(subject: CacheSubject, plan: CachePlan) {
    this.#subject = subject
    this.#plan = plan
    this.world = createWorld({ seed: plan.seed, nodes: 0, redis: { version: plan.version, ...subject.redis } })
    this.#meddler = createMeddler(this.world)
    this.ledger = new Ledger(() => this.world.nowMs)
    this.judge = new Judge(this.ledger, plan)
    for (let made = 0; made < plan.nodes; made++) this.#actors.push(this.#start())
  }

  /** Does one step. */
  async perform(step: CacheStep): Promise<void> {
    switch (step.do) {
      case 'read':
        return this.#onNode(step.node, (actor) => this.#read(actor, step))
      case 'write':
        return this.#onNode(step.node, (actor) => this.#write(actor, step))
      case 'kill':
      case 'leave':
        return this.#replace(step.node % this.#actors.length, step.do)
      default:
        return this.#meddle(step)
    }
  }

  /** Looks at calls that should have ended. */
  checkTimes(): void {
    for (const call of this.ledger.open) this.judge.checkTime(call, this.world.nowMs)
  }

  /** Ends all trouble, and lets everybody catch up. Says what is left to do if that takes too long. */
  async settle(): Promise<void> {
    this.#meddler.heal()
    for (const finish of [...this.#comingBack]) finish()
    this.ledger.heal()
    let left: readonly string[] = []
    for (let tries = 0; tries < 120; tries++) {
      await this.world.run(250)
      this.checkTimes()
      const held = this.#actors.map(({ cache }) => cache.leftovers())
      left = [
        ...held.flatMap((list, slot) =>
          (list ?? []).map((what) => `process ${this.#actors[slot]?.node.id} has ${what}`),
        ),
        ...(this.ledger.open.size > 0 ? [`${this.ledger.open.size} calls are open`] : []),
      ]
      if (this.judge.problems.length > 0) return
      if (tries >= 2 && left.length === 0 && (held[0] !== undefined || tries > 40)) break
    }
    for (const what of left) this.judge.onLeftover(`after ${Math.round(this.world.nowMs)} ms ${what}`)
    await this.world.run(300)
  }

  /** Reads everything a last time, also in a process that was not there before, and closes everything. */
  async finish(): Promise<void> {
    this.#actors.push(this.#start())
    await this.world.run(200)
    for (const { node, cache } of this.#actors)
      node.run(() => {
        for (const key of EVERY_KEY) {
          this.judge.onLastValue(node.id, key, cache.peek(toKey(key)))
          cache.get(toKey(key)).then(
            (value) => this.judge.onLastValue(node.id, key, value),
            (error) => this.judge.onLeftover(`get failed with ${String(error)}`),
          )
        }
      })
    await this.world.run(300)
    for (const { node, cache } of this.#actors) if (!this.#isSeeing(cache)) node.kill()
    await this.#close()
  }

  #isSeeing(cache: CacheNode): boolean {
    return cache.leftovers() !== undefined
  }

  async #close(): Promise<void> {
    let closed = 0
    const alive = this.#actors.filter(({ node }) => node.state === 'runs')
    for (const { node, cache } of alive)
      node.run(() => {
        this.ledger.died(node.id)
        cache.close().then(
          () => {
            closed++
            for (const what of cache.leftovers() ?? []) this.judge.onLeftover(`after close() there are ${what}`)
            cache.dispose()
          },
          (error) => this.judge.onLeftover(`close() failed with ${String(error)}`),
        )
      })
    await this.world.run(1_100)
    if (closed < alive.length) this.judge.onLeftover('close() takes longer than a second')
    await this.world.run(LONGEST_TIMER_MS)
    for (const server of this.world.servers)
      if (server.sessions > 0) this.judge.onLeftover(`after close() there are ${server.sessions} connections`)
    if (this.world.pending > 0)
      this.judge.onLeftover(`after close() there are ${this.world.pending} timers or messages`)
    if (this.world.unheard.length > 0) this.judge.onLeftover(`nobody heard ${String(this.world.unheard[0])}`)
  }

  #start(): Actor {
    const node = this.world.addNode()
    const dice = new Dice(this.#plan.seed, 9, node.id)
    this.ledger.born(node.id)
    if (this.world.nowMs > 0) this.ledger.trouble(node.id, 0)
    const cache = this.#subject.create({ world: this.world, node, plan: this.#plan, random: () => dice.next() })
    return { node, cache }
  }

  #replace(slot: number, how: 'kill' | 'leave'): void {
    const actor = this.#actors[slot] as Actor
    this.ledger.died(actor.node.id)
    if (how === 'kill' || actor.node.state !== 'runs') actor.node.kill()
    else {
      const end = (): void => {
        actor.cache.dispose()
        actor.node.kill()
      }
      actor.cache.close().then(end, end)
    }
    this.#actors[slot] = this.#start()
  }

  async #meddle(action: WorldAction): Promise<void> {
    const { ledger } = this
    const actor = 'node' in action ? (this.#actors[action.node % this.#actors.length] as Actor) : undefined
    const id = actor?.node.id
    const forMs = 'forMs' in action ? action.forMs : 0
    switch (action.do) {
      case 'wait':
        return this.world.run(action.ms)
      case 'set wall clock':
        break
      case 'snapshot':
        ledger.snapshot()
        break
      case 'crash':
        ledger.trouble(undefined, forMs)
        // When it is back, whatever was executed since the snapshot is not there; or nothing is.
        if (action.data !== 'everything') this.#whenBack(forMs, () => ledger.lose(action.data === 'snapshot'))
        break
      case 'flush':
      case 'evict':
      case 'trim':
        ledger.trouble(undefined, 0)
        ledger.lose(false)
        break
      case 'jump time':
        ledger.isTimeBroken = true
        ledger.trouble(undefined, 0)
        if (action.byMs > 0) ledger.erase()
        break
      default:
        ledger.trouble(id, forMs)
        if (action.do === 'freeze' && id !== undefined) ledger.freeze(id, forMs)
    }
    await this.#meddler.apply(id === undefined ? action : ({ ...action, node: id } as WorldAction))
  }

  /** Does something when a server is back: after a time, or when all is healed. */
  #whenBack(forMs: number, run: () => void): void {
    const finish = (): void => {
      cancel()
      if (this.#comingBack.delete(finish)) run()
    }
    const cancel = this.world.after(forMs, finish)
    this.#comingBack.add(finish)
  }

  #onNode(slot: number, run: (actor: Actor) => void): void {
    const actor = this.#actors[slot % this.#actors.length] as Actor
    actor.node.run(() => {
      if (this.ledger.endOf(actor.node.id) === Number.POSITIVE_INFINITY) run(actor)
    })
  }

  #read({ node, cache }: Actor, step: ReadStep): void {
    const isMany = step.how === 'getMany' || step.how === 'getOrSetMany'
    const keys = isMany ? [step.key, (step.key + 1) % KEYS] : [step.key]
    const call = this.#call('read', step.how, node, keys)
    const tags = step.tagsInside ? [] : [...new Set(keys.flatMap(toTagsOf))]
    const key = toKey(step.key)
    let answer: Promise<ReadonlyMap<string, unknown>>
    if (step.how === 'peek') answer = Promise.resolve(new Map([[key, cache.peek(key)]]))
    else if (step.how === 'getMany') answer = cache.getMany(keys.map(toKey))
    else if (step.how === 'getOrSetMany')
      answer = cache.getOrSetMany(keys.map(toKey), (asked, load) => this.#load(call, node, asked, step, load), tags)
    else {
      const one =
        step.how === 'get'
          ? cache.get(key)
          : cache.getOrSet(
              key,
              async (load) => (await this.#load(call, node, [key], step, load)).get(key) as string,
              tags,
            )
      answer = one.then((value) => new Map([[key, value]]))
    }
    answer.then(
      (values) => {
        this.#end(call)
        for (const key of keys) this.judge.onValue(call, key, values.get(toKey(key)))
      },
      (error) => {
        if (this.#end(call)) this.judge.onError(call, error)
      },
    )
  }

  async #load(
    { called: wanted }: Call,
    node: SimulatedNode,
    names: readonly string[],
    { beforeMs, afterMs, end, tagsInside }: LoaderPlan,
    { signal, tag }: SubjectLoad,
  ): Promise<ReadonlyMap<string, string>> {
    const { ledger } = this
    const keys = names.map((name) => Number(name.slice(1)))
    const load: Load = {
      id: ledger.loads.length,
      node: node.id,
      keys,
      wanted,
      began: ledger.now(),
      read: NEVER,
      ended: NEVER,
      error: undefined,
      end: undefined,
    }
    ledger.loads.push(load)
    this.judge.onLoad(load)
    const finish = (how: Load['end'], error?: unknown): void => {
      if (load.end !== undefined) return
      load.end = how
      load.ended = ledger.now()
      load.error = error
    }
    signal?.addEventListener('abort', () => finish('aborted', signal.reason))
    if (beforeMs > 0) await node.clock.sleep(beforeMs)
    load.read = ledger.now()
    const values = new Map(
      keys.map((key) => [toKey(key), toValue({ version: ledger.source[key] as number, load: load.id })]),
    )
    if (afterMs > 0) await node.clock.sleep(afterMs)
    if (tagsInside) tag?.(...new Set(keys.flatMap(toTagsOf)))
    if (end === 'hang') await new Promise(() => {})
    if (end === 'throw') {
      const error = new Error(`loader ${load.id} failed`)
      finish('threw', error)
      throw error
    }
    finish('value')
    return values
  }

  #write({ node, cache }: Actor, { how, key, isNew }: WriteStep): void {
    const { ledger } = this
    const keys = covered(how, key)
    if (isNew) for (const each of keys) ledger.source[each] = (ledger.source[each] as number) + 1
    const call = this.#call('write', how, node, keys)
    const change: Change = {
      id: ledger.changes.length,
      how,
      node: node.id,
      versions: new Map(keys.map((each) => [each, ledger.source[each] as number])),
      called: call.called,
      ended: NEVER,
      result: 'open',
      shakenMs: Number.NEGATIVE_INFINITY,
    }
    ledger.changes.push(change)
    this.#change(cache, how, key).then(
      (result) => {
        change.result = result === true ? 'applied' : result
        this.#end(call)
        change.ended = ledger.now()
      },
      (error) => {
        change.result = error
        if (this.#end(call)) this.judge.onError(call, error)
      },
    )
  }

  #change(cache: CacheNode, how: WriteStep['how'], key: number): Promise<unknown> {
    const name = toKey(key)
    switch (how) {
      case 'delete':
        return cache.delete(name)
      case 'set':
        return cache.set(name, toValue({ version: this.ledger.source[key] as number, load: undefined }), toTagsOf(key))
      case 'deleteMany':
        return cache.deleteMany(covered(how, key).map(toKey))
      case 'tag':
        return cache.invalidateTags(toTagsOf(key))
      case 'both':
        return cache.invalidate([toKey(nextTo(key))], toTagsOf(key))
      case 'clear':
        return cache.clear()
    }
  }

  #call(what: Call['what'], how: string, node: SimulatedNode, keys: readonly number[]): Call {
    const call: Call = { id: this.#calls++, what, how, node: node.id, keys, called: this.ledger.now(), ended: NEVER }
    this.ledger.open.add(call)
    return call
  }

  /** Whether it counts: not if its process has died meanwhile. */
  #end(call: Call): boolean {
    call.ended = this.ledger.now()
    if (!this.ledger.open.delete(call)) return false
    this.judge.checkTime(call, call.ended.ms)
    return true
  }
}

function nextTo(key: number): number {
  return (key + 1) % KEYS
}

/** The keys that a change is about. */
function covered(how: WriteStep['how'], key: number): readonly number[] {
  if (how === 'clear') return EVERY_KEY
  const alike = EVERY_KEY.filter((each) => each % TAGS === key % TAGS)
  if (how === 'tag') return alike
  if (how === 'both') return [...new Set([...alike, nextTo(key)])]
  return how === 'deleteMany' ? [key, nextTo(key)] : [key]
}
