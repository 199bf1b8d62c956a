/** Random numbers that a seed repeats. */
export class Dice {
  #state: number

  /** @param seed Any integers: the same ones give the same numbers. */
  constructor(...seed: readonly number[]) {
    this.#state = 0
    for (const part of seed) this.#state = (Math.imul(this.#state ^ part, 0x9e3779b1) + 0x7f4a7c15) | 0
  }

  /** From 0 up to, not including, 1. mulberry32, by Tommy Ettinger. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = this.#state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  /** One of them. */
  pick<choice>(choices: readonly choice[]): choice {
    return choices[Math.floor(this.next() * choices.length)] as choice
  }

  /** `true` this often. */
  chance(share: number): boolean {
    return this.next() < share
  }

  /** An integer, both ends included. */
  between(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1))
  }

  /** A time between two, in eighths of a millisecond: such numbers can be added and taken away without rounding. */
  time(leastMs: number, mostMs: number): number {
    return Math.round((leastMs + this.next() * (mostMs - leastMs)) * 8) / 8
  }
}
