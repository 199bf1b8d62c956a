import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { FromWorker, Occurrence, Order, ToWorker } from './messages.ts'

const WORKER = fileURLToPath(new URL('worker.ts', import.meta.url))
const ORDER_LIMIT_MS = 30_000

/** What a process asks of the one that started it. */
interface Owner {
  read(keys: readonly number[], bump: readonly number[]): Record<number, number>
  tell(told: readonly Occurrence[]): void
}

let nodes = 0

/** A process with a cache, as the one that started it sees it. */
export class Worker {
  readonly node: number = ++nodes
  readonly child: ChildProcess
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>()
  #orders = 0

  constructor(owner: Owner) {
    const log = ['ignore', 'inherit', 'inherit', 'ipc'] as const
    this.child = fork(WORKER, [String(this.node)], { stdio: [...log], serialization: 'advanced', execArgv: [] })
    this.child.on('message', (message: FromWorker) => {
      if (message.kind === 'told') return owner.tell(message.told)
      if (message.kind === 'source')
        return this.#send({ kind: 'source', id: message.id, versions: owner.read(message.keys, message.bump) })
      const waiting = this.#waiting.get(message.id)
      this.#waiting.delete(message.id)
      if (message.error === undefined) waiting?.resolve(message.result)
      else waiting?.reject(new Error(`Process ${this.node}: ${message.error}`))
    })
    this.child.on('exit', () => {
      for (const { reject } of this.#waiting.values()) reject(this.#ended())
    })
  }

  get #isGone(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null
  }

  #ended(): Error {
    return new Error(`Process ${this.node} ended with ${this.child.exitCode ?? this.child.signalCode}`)
  }

  /** Has something done. */
  async obey(order: Order): Promise<unknown> {
    if (this.#isGone) throw this.#ended()
    const id = ++this.#orders
    const waiting = Promise.withResolvers<unknown>()
    this.#waiting.set(id, waiting)
    this.#send({ kind: 'order', id, order })
    const timer = setTimeout(
      () => waiting.reject(new Error(`Process ${this.node} did not ${order.do} within ${ORDER_LIMIT_MS} ms`)),
      ORDER_LIMIT_MS,
    )
    try {
      return await waiting.promise
    } finally {
      clearTimeout(timer)
    }
  }

  /** Kills it. */
  async kill(): Promise<void> {
    if (this.#isGone) return
    const ended = once(this.child, 'exit')
    this.child.kill('SIGKILL')
    await ended
  }

  #send(message: ToWorker): void {
    if (this.child.connected) this.child.send(message, () => {}) // it may be gone
  }
}
