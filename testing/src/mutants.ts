/**
 * Faults on purpose, to see that tests find them.
 *
 * @module
 */
export { importMutated } from './lib/mutants/import-mutated.ts'
export type { Edit, Mutation } from './lib/mutants/mutation.ts'
