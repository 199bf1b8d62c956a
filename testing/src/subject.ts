/**
 * What a subject of the harness of graceful shutdown is made with.
 *
 * @module
 */
export type { Protocol, SubjectEnv, SubjectLine } from './lib/shutdown/subject/contract.ts'
export { type Served, serveSubject } from './lib/shutdown/subject/serve-subject.ts'
export type { CreatedServers, ServedServer } from './lib/shutdown/subject/servers.ts'
export { stopBare } from './lib/shutdown/subjects/stop-bare.ts'
