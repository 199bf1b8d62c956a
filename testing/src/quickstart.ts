/**
 * What every quickstart does, whatever its framework: the same cases for each, over real HTTP.
 *
 * @module
 */
export { createQuickstart, type Quickstart, type QuickstartCase } from './lib/quickstart/quickstart.ts'
