import { createTerminus } from '@godaddy/terminus'
import type { Mount } from '../../../src/overload/subject.ts'
import { toPlaces } from './places.ts'

/** As its README has it. */
export const mount: Mount = (app) => {
  createTerminus(app.server, { healthChecks: { '/livez': async () => {} } })
  return { report: () => toPlaces({ own: app.server }, '/livez') }
}
