import type { HealthStatus } from '../report.ts'
import type { Check } from './check.ts'

/** Groups that need not have a check: nothing is known against them. */
const KNOWN_GROUPS: readonly string[] = ['live', 'ready', 'startup']

/** Some checks that answer one question. */
export interface Group {
  /** `undefined`: all checks. */
  readonly name: string | undefined
  /** Those whose status counts, in the order in which they were added. */
  readonly members: readonly Check[]
  /** These, and all that they depend on. */
  readonly needed: readonly Check[]
  /** What was worked out for the last probe. */
  readonly memo: GroupMemo
}

/** How a group is, and for how long that may be answered without looking at its checks. */
export interface GroupMemo {
  /** What {@link Checks.changes} said then. */
  changes: number
  status: HealthStatus
  /** On the clock: when the first of its checks is due. */
  dueMs: number
}

/** The checks of a health, by name and by group. */
export class Checks {
  readonly #checks = new Map<string, Check>()
  readonly #groups = new Map<string | undefined, Group>()
  #isCheckDue = false
  /** Grows with each run that ends, and whenever a check is blocked or no longer is. */
  changes = 0

  /** In the order in which they were added. */
  get all(): readonly Check[] {
    return this.of(undefined).members
  }

  /** Names of the groups that have a check. */
  get groups(): readonly string[] {
    return [...new Set(this.all.flatMap(({ added }) => added.groups))]
  }

  get(name: string): Check | undefined {
    return this.#checks.get(name)
  }

  /**
   * Says whether a check can be added.
   *
   * @throws {TypeError} If there is one of that name, or it would depend on itself.
   */
  assertFree(name: string, dependsOn: readonly string[]): void {
    if (this.#checks.has(name))
      throw new TypeError(`Expected each check to have a name of its own, got "${name}" twice`)
    const way = this.#findWay(dependsOn, name, [name], new Set())
    if (way !== undefined)
      throw new TypeError(`Expected no check to depend on itself, got ${way.map((one) => `"${one}"`).join(' -> ')}`)
  }

  /** Adds it. What it depends on and is not there at the end of this turn becomes an uncaught error. */
  add(check: Check): void {
    this.#checks.set(check.added.name, check)
    this.#groups.clear()
    if (this.#isCheckDue || check.added.dependsOn.every((other) => this.#checks.has(other))) return
    this.#isCheckDue = true
    // Who stands here is who wrote it.
    const unknown = new TypeError('')
    queueMicrotask(() => {
      this.#isCheckDue = false
      this.#assertKnown(unknown)
    })
  }

  /** The checks of a group, looked up once. */
  of(name: string | undefined): Group {
    const known = this.#groups.get(name)
    if (known !== undefined) return known
    const all = [...this.#checks.values()]
    const members = name === undefined ? all : all.filter(({ added }) => added.groups.includes(name))
    const memo: GroupMemo = { changes: -1, status: 'unhealthy', dueMs: Number.NEGATIVE_INFINITY }
    const group: Group = { name, members, needed: this.#withNeeded(members), memo }
    // Only names that somebody gave a check are kept, so that it cannot grow.
    if (name === undefined || members.length > 0 || KNOWN_GROUPS.includes(name)) this.#groups.set(name, group)
    return group
  }

  dependentsOf(name: string): readonly Check[] {
    return this.all.filter(({ added }) => added.dependsOn.includes(name))
  }

  /** The first of those it depends on that is unhealthy. */
  blockerOf({ added }: Check): string | undefined {
    return added.dependsOn.find((other) => this.#checks.get(other)?.status === 'unhealthy')
  }

  #withNeeded(members: readonly Check[]): readonly Check[] {
    const needed = new Set(members)
    // A set is walked over what is added meanwhile as well.
    for (const { added } of needed)
      for (const other of added.dependsOn) {
        const check = this.#checks.get(other)
        if (check !== undefined) needed.add(check)
      }
    return [...needed]
  }

  #findWay(
    names: readonly string[],
    to: string,
    way: readonly string[],
    seen: Set<string>,
  ): readonly string[] | undefined {
    for (const name of names) {
      if (name === to) return [...way, name]
      if (seen.has(name)) continue
      seen.add(name)
      const found = this.#findWay(this.#checks.get(name)?.added.dependsOn ?? [], to, [...way, name], seen)
      if (found !== undefined) return found
    }
    return undefined
  }

  #assertKnown(error: TypeError): void {
    for (const { added } of this.all) {
      const missing = added.dependsOn.find((other) => !this.#checks.has(other))
      if (missing === undefined) continue
      error.message = `Expected \`dependsOn\` of "${added.name}" to name checks, got "${missing}"`
      error.stack = (error.stack ?? '').replace(/^TypeError/, () => `TypeError: ${error.message}`)
      throw error
    }
  }
}

/** How some checks are together, of what is known. What is not known counts as unhealthy. */
export function statusOf({ name, members }: Group): HealthStatus {
  // A group of one's own without a check is a name that was misspelt, and no reason to be calm.
  if (members.length === 0 && name !== undefined && !KNOWN_GROUPS.includes(name)) return 'unhealthy'
  let status: HealthStatus = 'healthy'
  for (const check of members) {
    const one = check.status ?? 'unhealthy'
    if (one === 'healthy') continue
    if (one === 'unhealthy' && check.added.critical) return 'unhealthy'
    status = 'degraded'
  }
  return status
}

/** The same, once it is sure: `undefined` while a check that was never run could change it. */
export function knownStatusOf(group: Group): HealthStatus | undefined {
  const { members } = group
  const isDown = members.some(({ status, added }) => status === 'unhealthy' && added.critical)
  if (isDown) return 'unhealthy'
  return members.length === 0 || members.some(({ status }) => status === undefined) ? undefined : statusOf(group)
}
