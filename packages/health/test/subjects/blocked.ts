import { createHealth } from '../../src/index.ts'

// Serves liveness on HEALTH_PORT, and blocks its main loop for as many milliseconds as it is told.

const { port } = await createHealth().serveLiveness({ host: '127.0.0.1', stallMs: Number(process.env.STALL_MS) })
process.on('message', (ms: number) => {
  process.send?.('begun', () => {
    const untilMs = performance.now() + ms
    while (performance.now() < untilMs);
    if (process.connected) process.send?.('ended')
  })
})
process.send?.(port)
