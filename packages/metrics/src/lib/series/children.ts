import { OVERFLOW, type SeriesCap } from './cap.ts'
import { createLabelSet, type LabelSet, NO_LABELS } from './label-set.ts'
import { labelName } from './names.ts'

type Node<child> = Map<string, Node<child> | child>

/** One series for each combination of labels that was seen, found without putting text together. */
export class Children<child> {
  readonly #names: readonly string[]
  readonly #cap: SeriesCap
  readonly #create: (labels: LabelSet) => child
  readonly #root: Node<child> = new Map()
  readonly #byText = new Map<string, child>()
  #overflow: child | undefined

  /**
   * @param names Names of the labels.
   * @param cap How many there may be.
   * @param create Makes the series of one combination.
   */
  constructor(names: readonly string[], cap: SeriesCap, create: (labels: LabelSet) => child) {
    this.#names = names
    this.#cap = cap
    this.#create = create
  }

  /** All there are, oldest first. */
  get all(): Iterable<child> {
    return this.#byText.values()
  }

  /**
   * Finds a series. Never throws: what is missing is empty, what is too much is left out.
   *
   * @param labels Values by name.
   */
  get(labels: Readonly<Record<string, unknown>> | undefined): child {
    let node = this.#root
    for (let index = 0; index < this.#names.length - 1; index++) {
      const next = node.get(textOf(labels, this.#names[index] as string)) as Node<child> | undefined
      if (next === undefined) return this.#add(labels)
      node = next
    }
    return (node.get(textOf(labels, this.#names.at(-1))) as child | undefined) ?? this.#add(labels)
  }

  #add(labels: Readonly<Record<string, unknown>> | undefined): child {
    if (!this.#cap.take()) {
      this.#cap.drop()
      this.#overflow ??= this.#new(Object.fromEntries(this.#names.map((name) => [name, OVERFLOW])))
      return this.#overflow
    }
    const values = this.#names.map((name) => textOf(labels, name))
    let node = this.#root
    for (const value of values.slice(0, -1)) {
      const next = (node.get(value) as Node<child> | undefined) ?? new Map()
      node.set(value, next)
      node = next
    }
    const child = this.#new(Object.fromEntries(values.map((value, index) => [this.#names[index], value])))
    node.set(values.at(-1) ?? '', child)
    return child
  }

  #new(values: Record<string, string>): child {
    const labels = this.#names.length === 0 ? NO_LABELS : createLabelSet(values)
    // Values may be told apart only by what has no UTF-8, or be what the overflow is called.
    const same = this.#byText.get(labels.text)
    if (same !== undefined) return same
    const child = this.#create(labels)
    this.#byText.set(labels.text, child)
    return child
  }
}

function textOf(labels: Readonly<Record<string, unknown>> | undefined, name: string | undefined): string {
  if (name === undefined) return ''
  const value = labels?.[name]
  return typeof value === 'string' ? value : toText(value)
}

function toText(value: unknown): string {
  return typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint' ? String(value) : ''
}

/**
 * Checks names of labels.
 *
 * @param option How the caller calls them.
 * @param names What was given.
 * @throws {TypeError} If Prometheus would refuse one, or one stands there twice.
 */
export function labelNames(option: string, names: readonly string[]): readonly string[] {
  if (!Array.isArray(names)) throw new TypeError(`Expected \`${option}\` to be an array of names`)
  const checked = names.map((name, index) => labelName(`${option}[${index}]`, name))
  const twice = checked.find((name, index) => checked.indexOf(name) !== index)
  if (twice !== undefined) throw new TypeError(`Expected \`${option}\` to be different names, got "${twice}" twice`)
  return Object.freeze(checked)
}
