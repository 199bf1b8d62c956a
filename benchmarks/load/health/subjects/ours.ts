import { toPlugin } from '@breakwater/fastify'
import { createHealth } from '@breakwater/health'
import type { Mount } from '../../../src/overload/subject.ts'
import { toPlaces } from './places.ts'

/** Liveness on both ports. */
export const mount: Mount = async (app) => {
  const health = createHealth()
  await app.register(toPlugin({ endpoints: { '/livez': health.liveness } }))
  const { port } = await health.serveLiveness({ port: 0, host: '127.0.0.1' })
  return { report: () => toPlaces({ own: app.server, thread: port }, '/livez') }
}
