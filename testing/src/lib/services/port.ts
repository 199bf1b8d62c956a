import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

/**
 * Below the ports that Linux hands to outgoing connections (from 32768), so that none of those takes the port of a
 * server that is down for a moment; and wide enough for Redis Cluster, which uses the port 10,000 above as well.
 */
const LOWEST = 20_000
const HIGHEST = 32_767
const MAX_TRIES = 100

/**
 * Finds a port of 127.0.0.1 that nobody listens on. Somebody else may take it first: be ready to try another.
 *
 * @param second How far above it there is another port that has to be free, too.
 */
export async function freePort(second = 0): Promise<number> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const port = randomInt(LOWEST, HIGHEST - second + 1)
    if ((await isFree(port)) && (second === 0 || (await isFree(port + second)))) return port
  }
  throw new Error(
    `Cannot find a free port between ${LOWEST} and ${HIGHEST - second}: ${MAX_TRIES} tries were all in use`,
  )
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' || error.code === 'EACCES' ? resolve(false) : reject(error),
    )
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
