import { once } from 'node:events'
import { createServer } from 'node:http'
import { converse, features } from './http.mjs'

export async function smoke({ '@breakwater/express': { toListener } }) {
  const { hooks, endpoints, ended } = features()
  const server = createServer(toListener({ hooks, endpoints }, (_request, response) => response.end('hello')))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    await converse(`http://127.0.0.1:${server.address().port}`, ended)
  } finally {
    server.closeAllConnections()
    server.close()
  }
}
