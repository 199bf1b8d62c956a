import { expect, test } from 'vitest'
import { createLiveCheck } from './live.ts'

const CONTEXT = { signal: new AbortController().signal, name: 'websocket' }

test.each([
  [0, 'healthy'],
  [79, 'healthy'],
  [80, 'degraded'],
  [94, 'degraded'],
  [95, 'unhealthy'],
  [100, 'unhealthy'],
])('createLiveCheck() calls %i WebSockets of 100 %s', async (connections, status) => {
  expect(await createLiveCheck({ connections, maxConnections: 100 })(CONTEXT)).toMatchObject({
    status,
    data: { connections, max: 100 },
  })
})
