/**
 * Speaks Fastify to features that only know HTTP exchanges.
 *
 * @module
 */
export { type PluginOptions, toPlugin } from './lib/plugin.ts'
