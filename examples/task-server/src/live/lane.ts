import { AsyncResource } from 'node:async_hooks'

/** Does one thing after the other, for as long as there is something to do. */
export class Lane {
  /** Begins, unless it is at it. What is done is part of no request, whoever gave the reason. */
  readonly wake: () => void
  readonly #step: () => Promise<boolean>
  #isWoken = false
  #running: Promise<void> | undefined

  /** @param step Does one thing, and returns whether there was something to do. It never rejects. */
  constructor(step: () => Promise<boolean>) {
    this.#step = step
    this.wake = AsyncResource.bind(() => {
      this.#isWoken = true
      this.#running ??= this.#run()
    })
  }

  /** Resolves when there is nothing to do. */
  async idle(): Promise<void> {
    await this.#running
  }

  async #run(): Promise<void> {
    while (this.#isWoken) {
      this.#isWoken = false
      while (await this.#step());
    }
    this.#running = undefined
  }
}
