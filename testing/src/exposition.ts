/**
 * Reads what Prometheus scrapes, and says everything that is wrong with it.
 *
 * @module
 */
export type { ExpositionProblem, ParsedFamily } from './lib/exposition/family.ts'
export type { ExpositionFormat, ParsedExemplar, Sample } from './lib/exposition/line.ts'
export { type Exposition, parseExposition, validateExposition } from './lib/exposition/parse.ts'
