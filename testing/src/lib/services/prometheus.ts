import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type FoundProgram, provideProgram, unprivilegedUser } from './program.ts'
import { PROMETHEUS_PROGRAM, runPromtool } from './promtool.ts'
import { startServer } from './server.ts'
import type { Environment, OwnServer, Service, Skipped } from './service.ts'
import { until } from './until.ts'

const CALL_LIMIT_MS = 5_000
const RELOAD_LIMIT_MS = 10_000
const RELOAD_EVERY_MS = 25
const CONFIG_FILE = 'prometheus.yml'
const NEXT_CONFIG_FILE = 'next.yml'

/** What Prometheus reads from one server. */
export interface Scrape {
  /** The label `job` of everything that it reads there. */
  readonly job: string
  /** The whole address, such as `http://127.0.0.1:3000/metrics`. */
  readonly url: string
}

/** What Prometheus is told. */
export interface PrometheusConfig {
  /** What it reads. */
  readonly scrapes: readonly Scrape[]
  /**
   * Files of rules, as text.
   *
   * @defaultValue none
   */
  readonly rules?: readonly string[] | undefined
  /**
   * Milliseconds between two scrapes, and between two evaluations of the rules.
   *
   * @defaultValue `500`
   */
  readonly everyMs?: number | undefined
}

/** One series of an answer. */
export interface QueryResult {
  /** Labels, the name included as `__name__`. */
  readonly labels: Readonly<Record<string, string>>
  /** Its value now. */
  readonly value: number
}

/** What became of a {@link Scrape}. */
export interface ScrapeTarget {
  /** The label `job`. */
  readonly job: string
  /** The whole address. */
  readonly url: string
  /** `unknown` until it was read once. */
  readonly health: 'up' | 'down' | 'unknown'
  /** What was wrong with the last one; nothing if nothing was. */
  readonly error: string
}

/** An alert that is pending or fires. */
export interface Alert {
  /** Of its rule. */
  readonly name: string
  /** `pending` until it has held for long enough. */
  readonly state: 'pending' | 'firing'
  /** The name not included. */
  readonly labels: Readonly<Record<string, string>>
}

/** A Prometheus of the test's own. It keeps exemplars. */
export interface PrometheusServer extends Service, OwnServer {
  /**
   * Gives it another configuration.
   *
   * @throws {Error} If the configuration is wrong. The old one stays.
   */
  configure(config: PrometheusConfig): Promise<void>
  /** Evaluates an expression of PromQL to a vector. */
  query(expression: string): Promise<readonly QueryResult[]>
  /** The exemplars of the last minutes, by their labels. */
  exemplars(expression: string): Promise<readonly Readonly<Record<string, string>>[]>
  /** How its scrapes go. */
  targets(): Promise<readonly ScrapeTarget[]>
  /** All that are not silent. */
  alerts(): Promise<readonly Alert[]>
}

/** Options of {@link startPrometheus}. */
export interface PrometheusOptions extends PrometheusConfig {
  /** @defaultValue `process.env` */
  readonly env?: Environment | undefined
}

/**
 * Starts a Prometheus.
 *
 * @param options Its first configuration.
 * @returns The service, or why there is none.
 */
export async function startPrometheus({
  env = process.env,
  ...config
}: PrometheusOptions): Promise<PrometheusServer | Skipped> {
  const found = await provideProgram(PROMETHEUS_PROGRAM, env)
  return 'skip' in found ? found : start(found, config)
}

async function start({ folder, from }: FoundProgram, first: PrometheusConfig): Promise<PrometheusServer> {
  let directory = ''
  // Each configuration has a word of its own, by which it is seen whether it holds.
  let word = ''
  const write = (name: string, config: PrometheusConfig): void => {
    word = randomBytes(8).toString('hex')
    const ruleFiles = (config.rules ?? []).map((text, index) => {
      const file = `rules-${word}-${index}.yml`
      writeFileSync(join(directory, file), text)
      return file
    })
    writeFileSync(join(directory, name), toYaml(config, ruleFiles, word))
  }
  const isServing = async (port: number): Promise<boolean> => {
    const { yaml } = await ask<{ yaml: string }>(port, '/api/v1/status/config')
    return yaml.includes(word)
  }
  const server = await startServer({
    name: 'Prometheus',
    user: await unprivilegedUser(['prometheus', 'nobody']),
    stopSignal: 'SIGTERM',
    async prepare(guard) {
      directory = guard.directory
      write(CONFIG_FILE, first)
    },
    command: (port) => ({
      file: join(folder, 'prometheus'),
      args: [
        `--config.file=${CONFIG_FILE}`,
        '--storage.tsdb.path=data',
        '--enable-feature=exemplar-storage',
        '--log.level=warn',
        `--web.listen-address=127.0.0.1:${port}`,
      ],
    }),
    isReady: isServing,
  })
  const call = <result>(path: string, parameters: Readonly<Record<string, string>> = {}): Promise<result> =>
    ask(server.port, `/api/v1/${path}?${new URLSearchParams(parameters)}`)

  async function configure(next: PrometheusConfig): Promise<void> {
    write(NEXT_CONFIG_FILE, next)
    const wrong = await runPromtool(join(folder, 'promtool'), ['check', 'config', join(directory, NEXT_CONFIG_FILE)])
    if (wrong !== '') throw new Error(`Cannot configure Prometheus: ${wrong}`)
    write(CONFIG_FILE, next)
    process.kill(server.pid, 'SIGHUP')
    const obstacle = async (): Promise<string | undefined> =>
      (await isServing(server.port)) ? undefined : `the old configuration holds: ${server.log()}`
    await until('reload Prometheus', obstacle, RELOAD_LIMIT_MS, RELOAD_EVERY_MS)
  }

  return Object.assign(server, {
    url: `http://127.0.0.1:${server.port}`,
    from,
    configure,
    async query(expression: string) {
      const { result } = await call<{ result: readonly VectorSample[] }>('query', { query: expression })
      return result.map(({ metric, value }) => ({ labels: metric, value: toNumber(value[1]) }))
    },
    async exemplars(expression: string) {
      const nowS = Date.now() / 1000
      const range = { start: String(nowS - EXEMPLARS_S), end: String(nowS + EXEMPLARS_S) }
      const found = await call<readonly ExemplarSeries[]>('query_exemplars', { query: expression, ...range })
      return found.flatMap(({ exemplars }) => exemplars.map(({ labels }) => labels))
    },
    async targets() {
      const { activeTargets } = await call<{ activeTargets: readonly ActiveTarget[] }>('targets')
      return activeTargets.map(({ labels, scrapeUrl, health, lastError }) => ({
        job: labels.job ?? '',
        url: scrapeUrl,
        health,
        error: lastError,
      }))
    },
    async alerts() {
      const { alerts } = await call<{ alerts: readonly Omit<Alert, 'name'>[] }>('alerts')
      return alerts.map(({ state, labels: { alertname = '', ...labels } }) => ({ name: alertname, state, labels }))
    },
    [Symbol.asyncDispose]: server.stop,
  })
}

const EXEMPLARS_S = 600

interface VectorSample {
  readonly metric: Readonly<Record<string, string>>
  readonly value: readonly [number, string]
}

interface ExemplarSeries {
  readonly exemplars: readonly { readonly labels: Readonly<Record<string, string>> }[]
}

interface ActiveTarget {
  readonly labels: Readonly<Record<string, string>>
  readonly scrapeUrl: string
  readonly health: ScrapeTarget['health']
  readonly lastError: string
}

function toNumber(text: string): number {
  return Number(text.replace('Inf', 'Infinity'))
}

async function ask<result>(port: number, path: string): Promise<result> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(CALL_LIMIT_MS) })
  const body = (await response.json()) as { readonly data: result; readonly error?: string }
  if (!response.ok) throw new Error(`Prometheus answered ${response.status} to ${path}: ${body.error}`)
  return body.data
}

/** YAML reads JSON. */
function toYaml(config: PrometheusConfig, ruleFiles: readonly string[], word: string): string {
  const every = `${config.everyMs ?? 500}ms`
  return JSON.stringify({
    global: {
      scrape_interval: every,
      scrape_timeout: every,
      evaluation_interval: every,
      external_labels: { configuration: word },
    },
    rule_files: ruleFiles,
    scrape_configs: config.scrapes.map(({ job, url }) => {
      const { protocol, host, pathname, searchParams } = new URL(url)
      return {
        job_name: job,
        scheme: protocol.slice(0, -1),
        metrics_path: pathname,
        params: Object.fromEntries([...searchParams.keys()].map((key) => [key, searchParams.getAll(key)])),
        static_configs: [{ targets: [host] }],
      }
    }),
  })
}
