import { once } from 'node:events'
import { ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { toPlugin } from '@breakwater/fastify'
import { type FastifyInstance, fastify } from 'fastify'
import { expect, onTestFinished, test } from 'vitest'

const UPGRADE = 'GET /live HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n'

/** Hands upgrades to the routes, as `@fastify/websocket` does: from then on, Node knows nothing of the connection. */
function routeUpgrades(app: FastifyInstance): void {
  app.server.on('upgrade', (request, socket) => {
    const response = new ServerResponse(request)
    response.assignSocket(socket as never)
    app.routing(request, response)
  })
}

test.each([true, false])(
  'an upgrade that a hook refuses is answered, and its connection closed (one who routes upgrades: %s)',
  async (isRouted) => {
    const app = fastify()
    onTestFinished(() => app.close())
    if (isRouted) routeUpgrades(app)
    const refuse = { onStart: () => ({ status: 503, headers: { 'retry-after': '1' }, body: 'Too busy' }) }
    await app.register(toPlugin({ hooks: [refuse] }))
    await app.listen({ port: 0, host: '127.0.0.1' })

    const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1')
    onTestFinished(() => void socket.destroy())
    await once(socket, 'connect')
    socket.write(UPGRADE)
    const answer = await text(socket)
    expect(answer).toMatch(/^HTTP\/1\.1 503 /)
    expect(answer).toMatch(/\r\nconnection: close\r\n/i)
    expect(answer).toMatch(/\r\n\r\nToo busy$/)
  },
)
