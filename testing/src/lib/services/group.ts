interface Stoppable {
  stop(): Promise<void>
}

/**
 * Starts servers that belong together, all at once. If one of them does not start, the others are stopped.
 *
 * @param starts Starts one each.
 * @returns The servers, in the same order.
 */
export async function startAll<server extends Stoppable>(
  starts: readonly (() => Promise<server>)[],
): Promise<readonly server[]> {
  const results = await Promise.allSettled(starts.map((start) => start()))
  const servers = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  const failed = results.find((result) => result.status === 'rejected')
  if (failed === undefined) return servers
  await stopAll(servers).catch(() => {}) // why it did not start matters more
  throw failed.reason
}

/**
 * Stops servers that belong together. If that fails for one of them, the others are stopped all the same.
 *
 * @param servers The servers.
 */
export async function stopAll(servers: readonly Stoppable[]): Promise<void> {
  const results = await Promise.allSettled(servers.map((server) => server.stop()))
  const failed = results.find((result) => result.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}

/**
 * Sets up servers that have started. If that fails, they are stopped.
 *
 * @param servers The servers.
 * @param setUp What remains to be done.
 * @returns What that gave.
 */
export async function orStopAll<result>(servers: readonly Stoppable[], setUp: () => Promise<result>): Promise<result> {
  try {
    return await setUp()
  } catch (error) {
    await stopAll(servers).catch(() => {}) // as above
    throw error
  }
}
