import { aroundAll, beforeEach, type RunnerTestCase, type RunnerTestSuite, TestRunner } from 'vitest'
import { type NginxOptions, type NginxServer, startNginx } from './nginx.ts'
import { type PostgresServer, type PostgresService, startPostgres } from './postgres.ts'
import { type PrometheusOptions, type PrometheusServer, startPrometheus } from './prometheus.ts'
import { type Promtool, type PromtoolOptions, startPromtool } from './promtool.ts'
import { type RedisServer, type RedisService, startRedis } from './redis.ts'
import { type RedisCluster, startRedisCluster } from './redis-cluster.ts'
import { type RedisSentinel, startRedisSentinel } from './redis-sentinel.ts'
import {
  type Environment,
  type GroupOptions,
  isSet,
  type OwnOptions,
  type ShareableOptions,
  type Skipped,
} from './service.ts'
import { REPORTED } from './skip-reporter.ts'

/** Over the limits inside, an installation included. */
const HOOK_LIMIT_MS = 25 * 60_000

/**
 * Gives a test file, or the `describe` it is called in, a PostgreSQL server: started before its tests, gone after them.
 *
 * @param options Whether a lent one will do.
 * @returns The service, to be read inside tests and hooks.
 *
 * @example
 * ```ts
 * const postgres = usePostgres()
 *
 * test('createStore() makes its tables', async () => {
 *   await using store = await createStore(postgres.url)
 * })
 * ```
 */
export function usePostgres(options?: ShareableOptions): PostgresService
export function usePostgres(options: OwnOptions): PostgresServer
export function usePostgres(options?: ShareableOptions | OwnOptions): PostgresService {
  return useService('PostgreSQL', () => startPostgres(options as ShareableOptions), options?.env)
}

/**
 * Gives a test file, or the `describe` it is called in, a Redis server: started before its tests, gone after them.
 *
 * @param options Whether a lent one will do.
 * @returns The service, to be read inside tests and hooks.
 */
export function useRedis(options?: ShareableOptions): RedisService
export function useRedis(options: OwnOptions): RedisServer
export function useRedis(options?: ShareableOptions | OwnOptions): RedisService {
  return useService('Redis', () => startRedis(options as ShareableOptions), options?.env)
}

/**
 * Gives a test file, or the `describe` it is called in, a Redis Cluster: started before its tests, gone after them.
 *
 * @param options Settings for all nodes.
 * @returns The cluster, to be read inside tests and hooks.
 */
export function useRedisCluster(options?: GroupOptions): RedisCluster {
  return useService('Redis Cluster', () => startRedisCluster(options), options?.env)
}

/**
 * Gives a test file, or the `describe` it is called in, a Redis master with replicas and sentinels: started before its
 * tests, gone after them.
 *
 * @param options Settings for the servers with data.
 * @returns All of them, to be read inside tests and hooks.
 */
export function useRedisSentinel(options?: GroupOptions): RedisSentinel {
  return useService('Redis Sentinel', () => startRedisSentinel(options), options?.env)
}

/**
 * Gives a test file, or the `describe` it is called in, an nginx: started before its tests, gone after them.
 *
 * @param options Its first configuration.
 * @returns The server, to be read inside tests and hooks.
 */
export function useNginx(options: NginxOptions): NginxServer {
  return useService('nginx', () => startNginx(options), options.env)
}

/**
 * Gives a test file, or the `describe` it is called in, a Prometheus: started before its tests, gone after them.
 *
 * @param options Its first configuration.
 * @returns The server, to be read inside tests and hooks.
 */
export function usePrometheus(options: PrometheusOptions): PrometheusServer {
  return useService('Prometheus', () => startPrometheus(options), options.env)
}

/**
 * Gives a test file, or the `describe` it is called in, Prometheus' own checks.
 *
 * @param options Where to look.
 * @returns What runs them, to be read inside tests and hooks.
 */
export function usePromtool(options?: PromtoolOptions): Promtool {
  return useService('promtool', () => startPromtool(options), options?.env)
}

/**
 * Gives a test file, or the `describe` it is called in, any service: started before everything else in there, stopped
 * after everything else.
 *
 * Where there is none, the tests are skipped, with their hooks; with `CI` or `REQUIRE_SERVICES` set they fail.
 *
 * @param name Name in messages.
 * @param start Starts it, and whatever else the tests need. A property `skip` of the result says why there is none.
 * @param env Environment to go by.
 * @returns What was started, to be read inside tests and hooks.
 */
export function useService<service extends Stoppable>(
  name: string,
  start: () => Promise<service | Skipped>,
  env: Environment = process.env,
): service {
  let started: service | undefined
  let problem: unknown = new Error(`Cannot use ${name} outside of the tests and hooks it was started for`)

  // biome-ignore lint/correctness/noEmptyPattern: vitest reads from the source which fixtures are wanted, and these are none
  aroundAll(async (runSuite, {}, suite) => {
    try {
      const result = await start()
      if (!('skip' in result)) started = result
      else if (isSet(env, 'CI') || isSet(env, 'REQUIRE_SERVICES')) problem = new Error(`Cannot test: ${result.skip}`)
      else skipAll(suite, result.skip)
    } catch (error) {
      problem = error
    }
    if (started === undefined) dropHooks(suite)
    try {
      await runSuite()
    } finally {
      await started?.stop()
    }
  }, HOOK_LIMIT_MS)

  // Not in the hook above: there it would be the file that fails, and its tests would not be counted.
  beforeEach(() => {
    if (started === undefined) throw problem
  })

  return new Proxy({} as service, {
    get(_, key) {
      if (started === undefined) throw problem
      return Reflect.get(started, key)
    },
  })
}

/** Something that can be ended. */
export interface Stoppable {
  /** Ends it. */
  stop(): Promise<void>
}

function skipAll(suite: Readonly<RunnerTestSuite>, why: string): void {
  // The reporter says it once for all files, at the end of the run.
  if (!process.env[REPORTED]) process.stderr.write(`\n[services] SKIPPING TESTS: ${why}\n\n`)
  for (const test of testsOf(suite)) {
    // One that is skipped or to be done anyway has a reason of its own.
    if (test.mode === 'run' || test.mode === 'queued')
      Object.assign(test, { mode: 'skip', result: { state: 'skip', note: why } })
  }
}

function testsOf(suite: Readonly<RunnerTestSuite>): readonly RunnerTestCase[] {
  return suite.tasks.flatMap((task) => (task.type === 'suite' ? testsOf(task) : [task]))
}

/** Without the service those that use it would fail, and hide the tests. */
function dropHooks(suite: Readonly<RunnerTestSuite>): void {
  const hooks = TestRunner.getSuiteHooks(suite)
  hooks.beforeAll.length = 0
  hooks.afterAll.length = 0
  for (const task of suite.tasks) if (task.type === 'suite') dropHooks(task)
}
