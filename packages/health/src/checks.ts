/**
 * Checks that are ready made: a URL, a TCP port, room on a disk, anything with `ping()` or `query()`, and another service's health.
 *
 * @module
 */

export { type DiskCheckOptions, diskCheck } from './lib/checks/disk.ts'
export { type HttpCheckOptions, httpCheck } from './lib/checks/http.ts'
export { type Pingable, pingCheck, type Queryable } from './lib/checks/ping.ts'
export type { ReadyCheck } from './lib/checks/ready-check.ts'
export { type RemoteCheckOptions, remoteCheck } from './lib/checks/remote.ts'
export { type TcpCheckOptions, tcpCheck } from './lib/checks/tcp.ts'
