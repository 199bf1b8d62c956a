/**
 * What every quickstart does, whatever its framework: the same cases for each, over real HTTP.
 *
 * @module
 */
export { checkWebSockets, type LiveOptions, type LiveService, liveCases } from './lib/quickstart/live.ts'
export { createQuickstart, type Quickstart, type QuickstartCase } from './lib/quickstart/quickstart.ts'
