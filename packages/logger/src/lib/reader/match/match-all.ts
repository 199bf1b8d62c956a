import { setImmediate } from 'node:timers/promises'
import type { Block } from '../blocks/assembler.ts'
import type { Tally } from '../tally.ts'
import type { Hit, Matcher, Matches } from './matcher.ts'

/** Finds the lines of a whole block that meet a query, part by part, so that a block of very many lines holds nobody up. */
export async function matchAll(matcher: Matcher, block: Block, tally: Tally): Promise<Omit<Matches, 'next'>> {
  const { length } = block.bytes
  const all: Hit[] = []
  let latestMs = Number.NEGATIVE_INFINITY
  for (let from = 0; from < length; ) {
    const part = matcher(block, tally, from)
    if (from === 0 && part.next >= length) return part
    for (const hit of part.hits) all.push(hit)
    latestMs = Math.max(latestMs, part.latestMs)
    from = part.next
    if (from < length) await setImmediate()
  }
  return { hits: all, latestMs }
}
