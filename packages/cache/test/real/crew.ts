import { setTimeout as sleep } from 'node:timers/promises'
import { judge, type Shake, type Trouble, type Verdict } from './checker.ts'
import {
  type Connect,
  EVERY_KEY,
  type EventRecord,
  type Fault,
  type Occurrence,
  type Order,
  type Setup,
  sharedNow,
} from './messages.ts'
import { Worker } from './worker-process.ts'

const SETTLE_LIMIT_MS = 15_000
/** As long as a replica may lag behind its master, here. */
const LAG_MS = 500

const TIMES = { ttlMs: 60_000, maxStalenessMs: 1_000, leaseMs: 2_000, hardTimeoutMs: 3_000 }

let names = 0

/** Options of {@link Crew.open}. */
export interface OpenOptions extends Partial<Omit<Setup, 'name' | 'connect' | 'fault'>> {
  /** Breaks the first process, or all that have to do without a lease, to see that it is found. */
  readonly fault?: Fault | undefined
}

/** Several processes with a cache each, the source that they read, and all they tell. */
export class Crew {
  readonly #workers: Worker[] = []
  #versions: number[] = []
  #occurrences: Occurrence[] = []
  #troubles: Trouble[] = []
  #shakes: Shake[] = []
  #deaths = new Map<number, number>()
  #setup = { ...TIMES, name: '' }
  #isWorking = false
  /** How many of the processes have a cache. */
  #open = 0

  /**
   * Starts processes, so that tests need not wait for them.
   *
   * @param count How many there are to be.
   */
  async start(count: number): Promise<void> {
    while (this.#workers.length < count) this.#workers.push(this.#start())
    await Promise.all(this.#workers.map((worker) => worker.obey({ do: 'rest' })))
  }

  /**
   * Opens a cache in each process, one for each way to connect, and forgets what was before.
   *
   * @param connects How each process reaches Redis.
   * @param options What differs.
   */
  async open(connects: readonly Connect[], { fault, ...times }: OpenOptions = {}): Promise<void> {
    await this.start(connects.length)
    for (const worker of this.#workers.slice(connects.length)) await worker.obey({ do: 'close' })
    this.#open = connects.length
    this.#occurrences = []
    this.#troubles = []
    this.#shakes = []
    this.#deaths = new Map()
    this.#versions = EVERY_KEY.map(() => 1)
    this.#setup = { ...TIMES, ...times, name: `real-${process.pid}-${++names}` }
    await Promise.all(
      connects.map((connect, index) =>
        this.#worker(index).obey({
          do: 'open',
          setup: {
            ...this.#setup,
            connect,
            ...(fault !== undefined && (index === 0 || fault === 'no lease') ? { fault } : {}),
          },
        }),
      ),
    )
    await this.settle()
    this.#occurrences = []
  }

  /** The name of the cache. */
  get name(): string {
    return this.#setup.name
  }

  /** Events that were told so far. */
  events(node: number, type: string): readonly EventRecord[] {
    return this.#occurrences.filter(
      (one): one is EventRecord => one.kind === 'event' && one.node === this.#worker(node).node && one.type === type,
    )
  }

  /** Milliseconds for which processes did not run, as far as they told. */
  get stalledMs(): number {
    return this.#occurrences.reduce((sum, one) => sum + (one.kind === 'stall' ? one.untilMs - one.fromMs : 0), 0)
  }

  /** How often processes, or their tier, were slow, as far as they told. */
  get slowTimes(): number {
    return this.#occurrences.filter(({ kind }) => kind === 'stall' || kind === 'unanswered').length
  }

  /** Asks one process for something. */
  tell(index: number, order: Order): Promise<unknown> {
    return this.#worker(index).obey(order)
  }

  /** The version of a key that one process reads. */
  async read(index: number, how: 'getOrSet' | 'get' | 'peek', key: number, loadMs = 0): Promise<number | undefined> {
    const [seen] = (await this.tell(index, { do: 'read', how, key, loadMs })) as { version: number }[]
    return seen?.version
  }

  /** Begins to work at random in all processes. */
  async work(seed: number, lanes = 4): Promise<void> {
    this.#isWorking = true
    await this.#all({ do: 'work', seed, lanes })
  }

  /**
   * Does something that disturbs processes.
   *
   * @param run What is done; it is over when this is.
   * @param index For which process; `undefined` for all.
   */
  async trouble(run: () => Promise<unknown>, index?: number): Promise<void> {
    const fromMs = sharedNow()
    await run()
    const node = index === undefined ? undefined : this.#worker(index).node
    this.#troubles.push({ node, fromMs, untilMs: sharedNow() })
  }

  /**
   * The same, and servers may forget what they were told lately. It is over when all processes have repeated it.
   *
   * @param run What is done, from the moment on that they go back to.
   */
  async shake(run: () => Promise<unknown>): Promise<void> {
    const fromMs = sharedNow()
    await this.trouble(async () => {
      await run()
      await this.settle()
    })
    this.#shakes.push({ fromMs: fromMs - LAG_MS, untilMs: sharedNow() })
  }

  /** Stops a process (SIGSTOP) for a time. */
  async freeze(index: number, ms: number): Promise<void> {
    const { child } = this.#worker(index)
    await this.trouble(async () => {
      child.kill('SIGSTOP')
      await sleep(ms)
      child.kill('SIGCONT')
    }, index)
  }

  /** Kills a process (SIGKILL). Another one takes its place when the next cache is opened. */
  async kill(index: number): Promise<void> {
    const worker = this.#worker(index)
    await worker.kill()
    this.#deaths.set(worker.node, sharedNow())
    this.#workers.splice(index, 1)
    this.#open--
  }

  /** Waits until every process has followed its logs to the end, and has nothing left to do. Returns what there still is. */
  async settle(): Promise<readonly string[]> {
    const sinceMs = sharedNow()
    const limitMs = sinceMs + SETTLE_LIMIT_MS
    for (;;) {
      const lists = await Promise.all(
        this.#inUse.map(async (worker) => {
          const held = (await worker.obey({ do: 'leftovers', sinceMs })) as string[]
          return held.map((what) => `process ${worker.node} has ${what}`)
        }),
      )
      if (lists.flat().length === 0 || sharedNow() > limitMs) return lists.flat()
      await sleep(50)
    }
  }

  /** Ends the work, and judges it. */
  async finish(): Promise<Verdict> {
    if (this.#isWorking) await this.#all({ do: 'rest' })
    this.#isWorking = false
    const left = await this.settle()
    // Reads of the end begin after everything was heard of.
    await sleep(300)
    await this.#all({ do: 'last' })
    const log = {
      occurrences: this.#occurrences,
      troubles: this.#troubles,
      shakes: this.#shakes,
      deaths: this.#deaths,
      ...this.#setup,
    }
    const verdict = judge(log)
    return { ...verdict, problems: [...verdict.problems, ...left.map((what) => `left over: ${what}`)] }
  }

  /** Ends all processes. */
  async stop(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.kill()))
  }

  async #all(order: Order): Promise<void> {
    await Promise.all(this.#inUse.map((worker) => worker.obey(order)))
  }

  get #inUse(): readonly Worker[] {
    return this.#workers.slice(0, this.#open)
  }

  #worker(index: number): Worker {
    return this.#workers[index] as Worker
  }

  #start(): Worker {
    return new Worker({
      read: (keys, bump) => {
        for (const key of bump) this.#versions[key] = (this.#versions[key] as number) + 1
        return Object.fromEntries(keys.map((key) => [key, this.#versions[key] as number]))
      },
      tell: (told) => this.#occurrences.push(...told),
    })
  }
}
