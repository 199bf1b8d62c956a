import type { AddedHook } from './hook.ts'

/** The hooks and who depends on whom. */
export class Hooks {
  readonly #hooks = new Map<string, AddedHook>()
  #isCheckDue = false
  #isRefused = false

  /** In the order in which they were added. */
  get all(): readonly AddedHook[] {
    return [...this.#hooks.values()]
  }

  /**
   * @throws {TypeError} If there is one of that name, or it would depend on itself. What it depends on and is not there at the
   * end of this turn becomes an uncaught error.
   */
  add(hook: AddedHook): void {
    const { name } = hook
    // Who hears of this need not hear of what is missing because of it.
    this.#isRefused = true
    if (this.#hooks.has(name)) throw new TypeError(`Expected each hook to have a name of its own, got "${name}" twice`)
    const cycle = this.#findCycle(hook)
    if (cycle !== undefined)
      throw new TypeError(`Expected no hook to depend on itself, got ${cycle.map((one) => `"${one}"`).join(' -> ')}`)
    this.#isRefused = false
    this.#hooks.set(name, hook)
    if (this.#isCheckDue || hook.dependsOn.every((other) => this.#hooks.has(other))) return
    this.#isCheckDue = true
    // Who stands here is who wrote it.
    const unknown = new TypeError('')
    queueMicrotask(() => {
      this.#isCheckDue = false
      if (!this.#isRefused) this.#assertKnown(unknown)
    })
  }

  /** Those that have to end before this one may begin. */
  dependentsOf(name: string): readonly AddedHook[] {
    return this.all.filter(({ dependsOn }) => dependsOn.includes(name))
  }

  /** The way from a hook back to it, if there is one. */
  #findCycle({ name, dependsOn }: AddedHook): readonly string[] | undefined {
    const seen = new Set<string>()
    const search = (path: readonly string[]): readonly string[] | undefined => {
      const last = path.at(-1) as string
      if (last === name) return path
      if (seen.has(last)) return undefined
      seen.add(last)
      for (const next of this.#hooks.get(last)?.dependsOn ?? []) {
        const found = search([...path, next])
        if (found !== undefined) return found
      }
      return undefined
    }
    for (const next of dependsOn) {
      const found = search([name, next])
      if (found !== undefined) return found
    }
    return undefined
  }

  #assertKnown(error: TypeError): void {
    for (const { name, dependsOn } of this.#hooks.values()) {
      const missing = dependsOn.find((other) => !this.#hooks.has(other))
      if (missing === undefined) continue
      error.message = `Expected \`dependsOn\` of "${name}" to name hooks, got "${missing}"`
      error.stack = (error.stack ?? '').replace(/^TypeError/, () => `TypeError: ${error.message}`)
      throw error
    }
  }
}
