import { type ExpositionProblem, familyProblems, type ParsedFamily, suffixesOf } from './family.ts'
import { type ExpositionFormat, isMetricName, LineReader, type Sample, SyntaxProblem, unescapeText } from './line.ts'

/** A text, read whole. */
export interface Exposition {
  /** In the order in which they came. */
  readonly families: readonly ParsedFamily[]
  /** Of all families, in order. */
  readonly samples: readonly Sample[]
  /** What is wrong with the text, by line. */
  readonly problems: readonly ExpositionProblem[]
}

/**
 * Reads what a scrape gets, and says everything that is wrong with it: stricter than Prometheus, which overlooks a lot.
 *
 * @param text The whole body.
 * @param format By its content type.
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/ and OpenMetrics 1.0, https://openmetrics.io
 */
export function parseExposition(text: string, format: ExpositionFormat = 'text'): Exposition {
  return new Parser(format).parse(text)
}

/**
 * Everything that is wrong with what a scrape gets.
 *
 * @param text The whole body.
 * @param format By its content type.
 * @returns Nothing if all is well.
 */
export function validateExposition(text: string, format: ExpositionFormat = 'text'): readonly ExpositionProblem[] {
  return parseExposition(text, format).problems
}

class Parser {
  readonly #format: ExpositionFormat
  readonly #families = new Map<string, ParsedFamily>()
  /** Families that another one has followed. */
  readonly #left = new Set<ParsedFamily>()
  readonly #typed = new Set<ParsedFamily>()
  readonly #problems: ExpositionProblem[] = []
  readonly #samples: Sample[] = []
  #current: ParsedFamily | undefined
  #line = 0

  constructor(format: ExpositionFormat) {
    this.#format = format
  }

  parse(text: string): Exposition {
    const lines = text.split('\n')
    const hasEnd = lines.at(-1) === ''
    if (hasEnd) lines.pop()
    for (const line of lines) {
      this.#line++
      try {
        this.#readLine(line, this.#line === lines.length)
      } catch (error) {
        if (!(error instanceof SyntaxProblem)) throw error
        this.#tell(error.message)
      }
    }
    this.#checkEnd(lines, hasEnd)
    for (const family of this.#families.values()) this.#problems.push(...familyProblems(this.#format, family))
    this.#checkClashes()
    this.#problems.sort((a, b) => a.line - b.line)
    return { families: [...this.#families.values()], samples: this.#samples, problems: this.#problems }
  }

  get #isOpenMetrics(): boolean {
    return this.#format === 'openmetrics'
  }

  #tell(problem: string, line: number = this.#line): void {
    this.#problems.push({ line, problem })
  }

  #checkEnd(lines: readonly string[], hasEnd: boolean): void {
    if (this.#isOpenMetrics) {
      if (lines.at(-1) !== '# EOF') this.#tell('the last line is "# EOF"', Math.max(lines.length, 1))
    } else if (lines.length > 0 && !hasEnd) this.#tell('the last line ends with a line feed', lines.length)
  }

  #readLine(line: string, isLast: boolean): void {
    if (this.#isOpenMetrics) {
      if (line === '# EOF') {
        if (!isLast) this.#tell('nothing follows "# EOF"')
        return
      }
      if (line === '') throw new SyntaxProblem('there are no empty lines')
      if (line.startsWith('#')) return this.#readMetadata(line)
    } else {
      if (line.trim() === '') return
      if (/^[ \t]*#/.test(line)) return this.#readMetadata(line)
    }
    this.#readSample(line)
  }

  #readMetadata(line: string): void {
    const words = this.#isOpenMetrics
      ? /^# (TYPE|HELP|UNIT) ([^ ]+)(?: (.*))?$/s.exec(line)
      : /^[ \t]*#[ \t]+(TYPE|HELP)[ \t]+([^ \t]+)(?:[ \t]+(.*))?$/s.exec(line)
    if (words === null) {
      if (this.#isOpenMetrics) throw new SyntaxProblem('there are no comments')
      return
    }
    const [, what, name = '', rest = ''] = words
    if (!isMetricName(name)) throw new SyntaxProblem(`${what} of what is no name: ${JSON.stringify(name)}`)
    const family = this.#enter(name)
    if (family.samples.length > 0) this.#tell(`${what} of ${name} comes after its values`)
    if (what === 'TYPE') this.#setType(family, rest)
    else if (what === 'HELP') {
      if (family.help !== undefined) this.#tell(`HELP of ${name} is there twice`)
      family.help = unescapeText(rest, this.#isOpenMetrics ? 'n"\\' : 'n\\', `HELP of ${name}`)
    } else {
      if (family.unit !== undefined) this.#tell(`UNIT of ${name} is there twice`)
      if (rest !== '' && !name.endsWith(`_${rest}`)) this.#tell(`${name} does not end with its unit ${rest}`)
      family.unit = rest
    }
  }

  #setType(family: ParsedFamily, type: string): void {
    if (this.#typed.has(family)) this.#tell(`TYPE of ${family.name} is there twice`)
    this.#typed.add(family)
    if (suffixesOf(this.#format, type) === undefined)
      throw new SyntaxProblem(`there is no type ${JSON.stringify(type)}`)
    family.type = type
  }

  #readSample(line: string): void {
    const sample = new LineReader(this.#isOpenMetrics ? line : line.replace(/^[ \t]+/, ''), this.#format).sample(
      this.#line,
    )
    this.#samples.push(sample)
    this.#enter(this.#familyNameOf(sample.name)).samples.push(sample)
  }

  /** That of the family which has such a sample, or its own. */
  #familyNameOf(sample: string): string {
    for (const [name, { type }] of this.#candidates(sample))
      if (suffixesOf(this.#format, type)?.includes(sample.slice(name.length))) return name
    return sample
  }

  *#candidates(sample: string): Generator<readonly [string, ParsedFamily]> {
    const current = this.#current
    if (current !== undefined && sample.startsWith(current.name)) yield [current.name, current]
    for (let end = sample.length; end > 0; end = sample.lastIndexOf('_', end - 1)) {
      const name = sample.slice(0, end)
      const family = this.#families.get(name)
      if (family !== undefined) yield [name, family]
    }
  }

  #enter(name: string): ParsedFamily {
    let family = this.#families.get(name)
    if (family === undefined) {
      const type = this.#isOpenMetrics ? 'unknown' : 'untyped'
      family = { name, type, help: undefined, unit: undefined, samples: [] }
      this.#families.set(name, family)
    }
    if (this.#current !== family) {
      if (this.#left.has(family)) this.#tell(`lines of ${name} stand together`)
      if (this.#current !== undefined) this.#left.add(this.#current)
      this.#current = family
    }
    return family
  }

  /** A sample's name says whose it is. */
  #checkClashes(): void {
    for (const family of this.#families.values()) {
      for (const suffix of suffixesOf(this.#format, family.type) ?? []) {
        const other = suffix === '' ? undefined : this.#families.get(family.name + suffix)
        if (other !== undefined) {
          const line = other.samples[0]?.line ?? family.samples[0]?.line ?? 1
          this.#tell(`${other.name} is a family, and the ${suffix} of the ${family.type} ${family.name}`, line)
        }
      }
    }
  }
}
