/**
 * Faults on purpose, to see that tests find them.
 *
 * @module
 */
export { type Edit, importMutated } from './lib/mutants/import-mutated.ts'
