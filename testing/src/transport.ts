/**
 * One conformance suite for every adapter: the same cases on every framework and protocol.
 *
 * @module
 */
export { type Certificate, createCertificate } from './lib/transport/certificate.ts'
export { type ConformanceCase, type ConformanceOptions, transportConformance } from './lib/transport/conformance.ts'
export type {
  Protocol,
  RouteAnswer,
  RouteCall,
  Transport,
  TransportApp,
  TransportRoute,
  TransportServer,
} from './lib/transport/transport.ts'
