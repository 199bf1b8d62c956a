import { fastify } from 'fastify'
import { converse, features } from './http.mjs'

export async function smoke({ '@breakwater/fastify': { toPlugin } }) {
  const { hooks, endpoints, ended } = features()
  const app = fastify({ forceCloseConnections: true })
  await app.register(toPlugin({ hooks, endpoints }))
  app.get('/hello', async () => 'hello')
  try {
    await converse(await app.listen({ port: 0, host: '127.0.0.1' }), ended)
  } finally {
    await app.close()
  }
}
