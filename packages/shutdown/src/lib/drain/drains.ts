import { nonEmptyString } from '@breakwater/core'
import type { Drain, DrainOptions } from './drain.ts'
import { type Drainable, toDrain } from './to-drain.ts'

/** What is drained, each with a name of its own. */
export class Drains {
  readonly #options: DrainOptions
  readonly #all: Drain[] = []
  readonly #served = new Set<Drainable>()

  constructor(options: DrainOptions) {
    this.#options = options
  }

  /** In the order in which they were added. */
  get all(): readonly Drain[] {
    return this.#all
  }

  /**
   * @param server What is to be drained.
   * @param name Its name, if it was given one. Others are named after what they are, and numbered.
   * @throws {TypeError} If it cannot be drained or is there already, or its name is taken. Then it was not touched.
   */
  add(server: Drainable, name?: string): void {
    if (this.#served.has(server)) throw new TypeError('Expected a server that is not served yet, got it twice')
    const toName = (kind: string): string => (name === undefined ? this.#toUnused(kind) : this.#check(name))
    this.#all.push(toDrain(server, this.#options, toName))
    this.#served.add(server)
  }

  #check(name: string): string {
    if (this.#has(nonEmptyString('name', name)))
      throw new TypeError(`Expected each server to have a name of its own, got "${name}" twice`)
    return name
  }

  #toUnused(kind: string): string {
    let name = kind
    for (let number = 2; this.#has(name); number++) name = `${kind}-${number}`
    return name
  }

  #has(name: string): boolean {
    return this.#all.some((drain) => drain.name === name)
  }
}
