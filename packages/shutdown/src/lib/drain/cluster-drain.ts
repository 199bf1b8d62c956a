import type { ShutdownReason } from '../report.ts'
import type { Cut, Drain } from './drain.ts'

/** Node's `cluster`, as the primary process sees it. */
export interface ClusterLike {
  /** Whether this process is the one that starts the others. */
  readonly isPrimary: boolean
  /** Its worker processes. */
  readonly workers?: Readonly<Record<string, ClusterWorkerLike | undefined>> | undefined
}

/** A worker process. */
export interface ClusterWorkerLike {
  /** Its process. */
  readonly process: { kill(signal: NodeJS.Signals): unknown }
  /** Hears when it has ended. */
  once(event: 'exit', listener: () => void): unknown
  /** Whether it has ended. */
  isDead(): boolean
}

/** Drains worker processes: each is told at once, as it has a delay of its own, and is waited for. */
export class ClusterDrain implements Drain {
  readonly name: string
  readonly answered = 0
  readonly #cluster: ClusterLike
  #signal: NodeJS.Signals = 'SIGTERM'

  constructor(name: string, cluster: ClusterLike) {
    this.name = name
    this.#cluster = cluster
  }

  onStart({ signal = 'SIGTERM' }: ShutdownReason): void {
    // The same one, as a terminal may have told them already: another one would mean that nobody wants to wait.
    this.#signal = signal
    for (const { process } of this.#running()) process.kill(signal)
  }

  async begin(): Promise<void> {
    // Those that were started meanwhile, such as in place of one that crashed.
    for (let running = this.#running(); running.length > 0; running = this.#running()) {
      await Promise.all(running.map((worker) => new Promise<void>((resolve) => worker.once('exit', resolve))))
      for (const { process } of this.#running()) process.kill(this.#signal)
    }
  }

  cut(): Cut {
    const running = this.#running()
    for (const { process } of running) process.kill('SIGKILL')
    return { requests: 0, connections: running.length }
  }

  #running(): readonly ClusterWorkerLike[] {
    return Object.values(this.#cluster.workers ?? {}).filter(
      (worker) => worker !== undefined && !worker.isDead(),
    ) as readonly ClusterWorkerLike[]
  }
}
