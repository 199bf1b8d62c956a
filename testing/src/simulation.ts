/**
 * A server, its callers and their time, simulated: what policies do in hours of load, in a second.
 *
 * @module
 */
export { createRandom } from './lib/random.ts'
export {
  type SimulatedGate,
  type SimulatedPermit,
  Simulation,
  type World,
  work,
} from './lib/simulation/simulated-server.ts'
export { type Happening, Timetable } from './lib/simulation/timetable.ts'
