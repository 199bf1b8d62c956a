import type { HttpServer } from '@breakwater/core'
import type { ResolvedOptions, ShutdownPort } from './options.ts'

/** What it is injected by. */
export const CLOSING: unique symbol = Symbol('closing of Breakwater')

/** Whatever closes the application. */
type Close = () => PromiseLike<unknown>

/**
 * Brings the two ways to stop together, whichever comes first: the process is told to (`shutdown`), or Nest is
 * (`app.close()`, or a signal after `enableShutdownHooks()`). Servers are drained, then Nest's hooks run, then what they need is closed.
 */
export class Closing {
  readonly #shutdown: ShutdownPort | undefined
  readonly #dependsOn: readonly string[]
  readonly #drained = createGate()
  readonly #ended = createGate()
  #close: Close | undefined = undefined
  #isClosing = false
  #isOurs = false

  constructor({ shutdown, dependsOn }: ResolvedOptions) {
    this.#shutdown = shutdown
    this.#dependsOn = dependsOn
  }

  /**
   * The application is about to listen.
   *
   * @param server Its server, if it has one.
   */
  begin(server: HttpServer | undefined): void {
    if (server !== undefined) this.#shutdown?.serve(server)
    this.#shutdown?.add('nest', () => this.#onDrained(), { dependsOn: this.#dependsOn })
  }

  /**
   * Who closes the application when the process is told to stop.
   *
   * @param close Closes it.
   */
  closeWith(close: Close): void {
    this.#close = close
  }

  /** Nest begins to close: its hooks wait. */
  async onClose(): Promise<void> {
    if (this.#shutdown === undefined || this.#isClosing) return
    this.#isClosing = true
    this.#isOurs = !this.#shutdown.started
    void this.#shutdown.begin()
    await this.#drained.opened
  }

  /**
   * Nest's hooks have run.
   *
   * @param signal What Nest was told to stop by, if it was.
   */
  async onClosed(signal: string | undefined): Promise<void> {
    this.#ended.open()
    // After a signal, Nest ends the process as soon as it may.
    if (this.#isOurs || signal !== undefined) await this.#shutdown?.begin()
  }

  async #onDrained(): Promise<void> {
    this.#drained.open()
    if (this.#isClosing) await this.#ended.opened
    else if (this.#close !== undefined) await this.#close()
  }
}

/** Something that is waited for. */
interface Gate {
  readonly opened: Promise<void>
  open(): void
}

function createGate(): Gate {
  let open = (): void => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open }
}
