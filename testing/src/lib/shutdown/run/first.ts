import { spawnSync } from 'node:child_process'

/**
 * Says why a subject cannot be process 1 here.
 *
 * @returns `undefined` if it can.
 */
export function whyNotFirst(): string | undefined {
  if (process.platform !== 'linux') return `there are no PID namespaces on ${process.platform}`
  const { status, error, stderr } = spawnSync('unshare', ['--pid', '--fork', '--mount-proc', 'true'], {
    encoding: 'utf8',
    timeout: 10_000,
  })
  if (status === 0) return undefined
  return `unshare cannot make a PID namespace: ${error?.message ?? stderr.trim()}`
}
