/**
 * One conformance suite for what counts requests: the same battery on every framework.
 *
 * @module
 */
export { type MetricsSubject, metricsConformance } from './lib/metrics/conformance.ts'
