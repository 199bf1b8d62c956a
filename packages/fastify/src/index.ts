/**
 * Speaks Fastify to features that only know HTTP exchanges.
 *
 * @module
 */
export { type ErrorHandler, toErrorHandler } from './lib/error-handler.ts'
export { type PluginOptions, toPlugin } from './lib/plugin.ts'
export { toProblem } from './lib/problem.ts'
