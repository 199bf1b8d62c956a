/**
 * Faults on purpose, to see that tests find them.
 *
 * @module
 */
export { type Choice, chooseMutants } from './lib/mutants/choose.ts'
export { importMutated } from './lib/mutants/import-mutated.ts'
export { applyEdits, type Edit, type Mutation } from './lib/mutants/mutation.ts'
