/** What stands in place of a secret value. */
export const REDACTED = '[redacted]'

/** A text of which pieces are replaced, from left to right. */
export class Edits {
  readonly #text: string
  readonly #parts: string[] = []
  #from = 0
  #count = 0

  /** @param text The text as it is. */
  constructor(text: string) {
    this.#text = text
  }

  /** How many pieces were replaced. */
  get count(): number {
    return this.#count
  }

  /** Replaces what is between two indexes of the original text. */
  replace(start: number, end: number, replacement: string): void {
    this.#parts.push(this.#text.slice(this.#from, start), replacement)
    this.#from = end
    this.#count++
  }

  /** The text as it is then; the very same where nothing was replaced. */
  result(): string {
    return this.#count === 0 ? this.#text : this.#parts.join('') + this.#text.slice(this.#from)
  }
}

/** Finds secrets of one kind in text, and replaces them. */
export interface TextDetector {
  /** As in metrics. */
  readonly name: string
  /** What is in every text that it finds anything in, and in few others. Not global. */
  readonly trigger: { test(text: string): boolean }
  /** Returns the edits that hide them. Its time grows with the length of the text, whatever the text. */
  find(text: string): Edits
}
