/**
 * One conformance suite for every adapter: the same cases on every framework and protocol.
 *
 * @module
 */
export { type Certificate, createCertificate } from './lib/transport/certificate.ts'
export { type ConformanceCase, type ConformanceOptions, transportConformance } from './lib/transport/conformance.ts'
export {
  PROTOCOLS,
  type Protocol,
  type RouteAnswer,
  type RouteCall,
  type Transport,
  type TransportApp,
  type TransportRoute,
  type TransportServer,
} from './lib/transport/transport.ts'
