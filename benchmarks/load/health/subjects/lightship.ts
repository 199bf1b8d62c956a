import { createLightship } from 'lightship'
import type { Mount } from '../../../src/overload/subject.ts'
import { toPlaces } from './places.ts'

/** As its README has it, on any free port. */
export const mount: Mount = async () => {
  const lightship = await createLightship({ detectKubernetes: false, port: 0 })
  lightship.signalReady()
  return { report: () => toPlaces({ port: lightship.server }, '/live') }
}
