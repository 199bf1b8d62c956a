/**
 * Sees errors that nobody caught, and changes nothing about what becomes of the process.
 *
 * @param tell Called before the process ends of it, or goes on as its own listeners decide.
 * @returns Stops.
 */
export function watchCrashes(tell: (error: unknown, origin: NodeJS.UncaughtExceptionOrigin) => void): () => void {
  process.on('uncaughtExceptionMonitor', tell)
  return () => void process.off('uncaughtExceptionMonitor', tell)
}
