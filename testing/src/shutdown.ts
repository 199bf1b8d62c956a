/**
 * A black-box harness of graceful shutdown: real sockets, real signals, and every request counted.
 *
 * @module
 */
export type { Counts, LedgerReport, Loss } from './lib/shutdown/client/ledger.ts'
export { type StopSubject, shutdownConformance } from './lib/shutdown/conformance.ts'
export { bundleSubject } from './lib/shutdown/run/bundle-subject.ts'
export type { Subject, SubjectProcess } from './lib/shutdown/run/child.ts'
export { whyNotFirst } from './lib/shutdown/run/first.ts'
export { floorMs } from './lib/shutdown/run/floor.ts'
export { nodeBinary } from './lib/shutdown/run/node-binary.ts'
export type { RunOptions } from './lib/shutdown/run/play.ts'
export type { Exit, RunReport } from './lib/shutdown/run/report.ts'
export { runShutdown } from './lib/shutdown/run/run-shutdown.ts'
export { type ReportChanges, sampleReport } from './lib/shutdown/run/sample-report.ts'
export { BARE, problemsOf, type Row, toRows, voidReasons } from './lib/shutdown/run/verdict.ts'
export { SCENARIOS } from './lib/shutdown/scenarios/all.ts'
export type { Scenario, ScenarioName, Stage } from './lib/shutdown/scenarios/scenario.ts'
