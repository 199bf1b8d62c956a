/** The two text formats that Prometheus reads: `text` is 0.0.4, `openmetrics` is OpenMetrics 1.0. */
export type ExpositionFormat = 'text' | 'openmetrics'

/** What stands beside a value in OpenMetrics: one measurement, with what finds its trace. */
export interface ParsedExemplar {
  /** Its labels. */
  readonly labels: Readonly<Record<string, string>>
  /** What was measured. */
  readonly value: number
  /** Seconds, if it says when. */
  readonly timestamp: number | undefined
}

/** One line with a value. */
export interface Sample {
  /** Number of its line, from 1. */
  readonly line: number
  /** As it stands there, `_bucket` and the like included. */
  readonly name: string
  /** Unescaped. */
  readonly labels: Readonly<Record<string, string>>
  /** The number. */
  readonly value: number
  /** As it stands there. */
  readonly timestamp: number | undefined
  /** OpenMetrics alone has them. */
  readonly exemplar: ParsedExemplar | undefined
}

/** Thrown by the readers here, and told as a problem. */
export class SyntaxProblem extends Error {}

/** A line, read from left to right. */
export class LineReader {
  readonly #text: string
  readonly #isOpenMetrics: boolean
  #at = 0

  constructor(text: string, format: ExpositionFormat) {
    this.#text = text
    this.#isOpenMetrics = format === 'openmetrics'
  }

  /** Reads a whole sample. */
  sample(line: number): Sample {
    const name = this.#match(METRIC_NAME, 'a metric name')
    const labels = this.#text[this.#at] === '{' ? this.#labels() : {}
    this.#gap('a value')
    const value = this.#number('a value')
    const timestamp = this.#timestamp()
    const exemplar = this.#isOpenMetrics && this.#take(' # ') ? this.#exemplar() : undefined
    if (!this.#isOpenMetrics) this.#match(BLANKS, 'blanks')
    if (this.#at < this.#text.length) throw new SyntaxProblem(`nothing is expected before ${this.#rest()}`)
    return { line, name, labels, value, timestamp, exemplar }
  }

  #exemplar(): ParsedExemplar {
    if (this.#text[this.#at] !== '{') throw new SyntaxProblem(`an exemplar begins with its labels, not ${this.#rest()}`)
    const labels = this.#labels()
    this.#gap("an exemplar's value")
    const value = this.#number("an exemplar's value")
    return { labels, value, timestamp: this.#timestamp() }
  }

  #timestamp(): number | undefined {
    const at = this.#at
    if (this.#isOpenMetrics ? this.#text.startsWith(' # ', at) : this.#text.slice(at).trim() === '') return
    if (!this.#isGap()) return
    return this.#number('a timestamp', this.#isOpenMetrics ? NUMBER : INTEGER)
  }

  #labels(): Record<string, string> {
    const labels: Record<string, string> = Object.create(null)
    this.#at++
    for (let isFirst = true; !this.#take('}'); isFirst = false) {
      if (!isFirst && !this.#take(',')) throw new SyntaxProblem(`"," or "}" is expected before ${this.#rest()}`)
      // The older format allows a comma after the last one.
      if (!isFirst && !this.#isOpenMetrics && this.#take('}')) break
      const name = this.#match(LABEL_NAME, 'a label name')
      if (name in labels) throw new SyntaxProblem(`label ${name} is there twice`)
      if (name.startsWith('__')) throw new SyntaxProblem(`label ${name} is one of Prometheus' own`)
      if (!this.#take('="')) throw new SyntaxProblem(`'="' is expected after label ${name}`)
      labels[name] = this.#quoted(name)
    }
    return { ...labels }
  }

  #quoted(label: string): string {
    for (let end = this.#at; end < this.#text.length; end++) {
      if (this.#text[end] === '\\') end++
      else if (this.#text[end] === '"') {
        const value = unescapeText(this.#text.slice(this.#at, end), 'n"\\', `the value of label ${label}`)
        this.#at = end + 1
        return value
      }
    }
    throw new SyntaxProblem(`the value of label ${label} has no end`)
  }

  #number(what: string, pattern: RegExp = NUMBER): number {
    return toNumber(this.#match(TOKEN, what), what, pattern)
  }

  #isGap(): boolean {
    if (this.#isOpenMetrics) return this.#take(' ')
    return this.#match(BLANKS, 'blanks') !== ''
  }

  #gap(before: string): void {
    // A value may follow its labels at once in the older format.
    if (!this.#isGap() && (this.#isOpenMetrics || this.#text[this.#at - 1] !== '}'))
      throw new SyntaxProblem(`a space is expected before ${before}, not ${this.#rest()}`)
  }

  #take(text: string): boolean {
    if (!this.#text.startsWith(text, this.#at)) return false
    this.#at += text.length
    return true
  }

  #match(pattern: RegExp, what: string): string {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)?.[0]
    if (found === undefined) throw new SyntaxProblem(`${what} is expected, not ${this.#rest()}`)
    this.#at += found.length
    return found
  }

  #rest(): string {
    const rest = this.#text.slice(this.#at, this.#at + 40)
    return rest === '' ? 'the end of the line' : JSON.stringify(rest)
  }
}

const METRIC_NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/y
const LABEL_NAME = /[a-zA-Z_][a-zA-Z0-9_]*/y
const TOKEN = /[^ \t]+/y
const BLANKS = /[ \t]*/y
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$|^NaN$|^[+-]Inf$/
const INTEGER = /^-?\d+$/

/**
 * Reads a number as Prometheus writes one.
 *
 * @param text The number.
 * @param what What it is, for the message.
 * @param pattern What is allowed.
 */
export function toNumber(text: string, what: string, pattern: RegExp = NUMBER): number {
  if (!pattern.test(text)) throw new SyntaxProblem(`${what} is no number: ${JSON.stringify(text)}`)
  return Number(text.replace('Inf', 'Infinity'))
}

/**
 * Whether this is the whole name of a metric.
 *
 * @param text The name.
 */
export function isMetricName(text: string): boolean {
  METRIC_NAME.lastIndex = 0
  return METRIC_NAME.exec(text)?.[0] === text
}

/**
 * Takes back what was done to a text so that it fits its place.
 *
 * @param text The text.
 * @param allowed What may follow a backslash.
 * @param what What it is, for the message.
 */
export function unescapeText(text: string, allowed: string, what: string): string {
  return text.replace(/\\(.?)/gs, (both, escaped: string) => {
    if (escaped === '' || !allowed.includes(escaped))
      throw new SyntaxProblem(`${what} has ${JSON.stringify(both)}, which is no escape`)
    return escaped === 'n' ? '\n' : escaped
  })
}
