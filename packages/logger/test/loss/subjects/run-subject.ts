import { existsSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import { isMainThread, Worker, workerData } from 'node:worker_threads'
import type { DestinationOptions } from '../../../src/lib/destination/options.ts'
import { lineOf, type Order, type SubjectLine } from './contract.ts'

/** What a subject writes with. */
export interface SubjectWriter {
  write(line: SubjectLine): void
  pendingBytes(): number
  close(): Promise<void>
}

/**
 * Writes lines, and ends as it is told.
 *
 * @param create Makes what writes.
 */
export async function runSubject(create: (options: DestinationOptions) => SubjectWriter): Promise<void> {
  const order: Order = isMainThread ? JSON.parse(process.argv[2] ?? '') : workerData
  if (isMainThread && order.way.startsWith('worker')) {
    new Worker(process.argv[1] ?? '', { workerData: order })
    return
  }
  await new Subject(order, create(order.options)).run()
}

class Subject {
  readonly #order: Order
  readonly #writer: SubjectWriter
  #next = 0

  constructor(order: Order, writer: SubjectWriter) {
    this.#order = order
    this.#writer = writer
  }

  async run(): Promise<void> {
    const { way, lines, waitFor, paceMs, report } = this.#order
    // Registered before there is a line, and so before anything of ours.
    if (way === 'exit listeners') process.on('exit', () => this.#write(10))
    if (waitFor !== undefined) {
      this.#write(waitFor.lines)
      while (!existsSync(waitFor.path)) await sleep(5)
    }
    while (paceMs !== undefined && this.#next < lines) {
      this.#write(Math.min(100, lines - this.#next))
      await sleep(paceMs)
    }
    this.#write(Math.floor((lines - this.#next) / 2))
    if (way === 'exit listeners') {
      process.on('exit', () => this.#write(lines))
      this.#write(lines - this.#next - 20)
      process.exit(0)
    }
    if (way === 'exit mid-turn') this.#exitMidTurn()
    // What others do: wait for their own, and then end the process.
    if (way === 'graceful') process.once('SIGTERM', () => void this.#stop(() => process.exit(0)))
    if (way === 'passed on') process.once('SIGTERM', () => void this.#stop(() => process.kill(process.pid, 'SIGTERM')))
    if (way === 'graceful' || way === 'passed on') return await this.#kill('SIGTERM')
    await turn()
    this.#write(lines)
    if (report !== undefined) writeFileSync(report, String(this.#writer.pendingBytes()))
    await this.#end()
  }

  /** So many lines, but no more than there are. */
  #write(count: number): void {
    const { lines, writer } = this.#order
    for (let left = count; left > 0 && this.#next < lines; left--) this.#writer.write(lineOf(this.#next++, writer))
  }

  async #end(): Promise<void> {
    switch (this.#order.way) {
      case 'exit':
      case 'worker exits':
        return process.exit(0)
      case 'throw':
        setTimeout(() => {
          throw new Error('thrown on purpose')
        })
        return
      case 'reject':
        void Promise.reject(new Error('rejected on purpose'))
        return
      case 'close':
        return await this.#writer.close()
      case 'SIGTERM':
      case 'SIGINT':
      case 'SIGHUP':
      case 'SIGQUIT':
      case 'SIGUSR2':
      case 'SIGKILL':
        return await this.#kill(this.#order.way)
    }
  }

  async #kill(signal: NodeJS.Signals): Promise<void> {
    process.kill(process.pid, signal)
    await sleep(20_000) // nothing else ends it
  }

  #exitMidTurn(): void {
    void Promise.resolve().then(() => {
      this.#write(this.#order.lines)
      process.exit(0)
    })
  }

  async #stop(end: () => void): Promise<void> {
    this.#write(100)
    await sleep(20)
    this.#write(this.#order.lines)
    end()
  }
}
