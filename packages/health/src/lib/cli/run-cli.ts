import { readFile } from 'node:fs/promises'
import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { parseArgs } from 'node:util'
import { toText } from '../check/outcome.ts'

/** How the command ended. */
export interface CliResult {
  /** `0`: healthy or degraded. `1`: not, or nobody knows. `2`: it was called in a wrong way. */
  readonly code: 0 | 1 | 2
  /** For stderr, or for stdout if it was asked for. */
  readonly line?: string | undefined
}

const USAGE = 'breakwater-health [url | --file <path>] [--limit-ms 1000] [--max-age-ms 30000]'

/**
 * Asks how a service is, for container probes.
 *
 * @param args What follows the command's name.
 * @param env Where `HEALTH_URL`, `HEALTH_PORT` and `PORT` are looked up.
 */
export async function runCli(args: readonly string[], env: NodeJS.ProcessEnv): Promise<CliResult> {
  let ask: () => Promise<string | undefined>
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        file: { type: 'string' },
        'limit-ms': { type: 'string', default: '1000' },
        'max-age-ms': { type: 'string', default: '30000' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
    if (values.help) return { code: 0, line: `Usage: ${USAGE}` }
    const limitMs = toMs('--limit-ms', values['limit-ms'])
    const maxAgeMs = toMs('--max-age-ms', values['max-age-ms'])
    const [url = defaultUrl(env), ...more] = positionals
    if (more.length > 0 || (values.file !== undefined && positionals.length > 0))
      throw new TypeError('Expected one url or one file')
    if (values.file !== undefined) ask = within(limitMs, askFile(values.file, maxAgeMs))
    else ask = askUrl(toUrl(url), limitMs)
  } catch (error) {
    return { code: 2, line: `${toText(error)}. Usage: ${USAGE}` }
  }
  try {
    const problem = await ask()
    return problem === undefined ? { code: 0 } : { code: 1, line: problem }
  } catch (error) {
    return { code: 1, line: toText(error) }
  }
}

function defaultUrl({ HEALTH_URL, HEALTH_PORT, PORT }: NodeJS.ProcessEnv): string {
  // An empty one is as good as none.
  return HEALTH_URL || `http://127.0.0.1:${HEALTH_PORT || PORT || 3000}/livez`
}

function toUrl(text: string): URL {
  if (/^https?:\/\//.test(text) && URL.canParse(text)) return new URL(text)
  throw new TypeError(`Expected a url of http or https, got ${JSON.stringify(text)}`)
}

function toMs(name: string, text: string): number {
  const ms = Number(text)
  if (text !== '' && Number.isFinite(ms) && ms > 0 && ms <= 86_400_000) return ms
  throw new RangeError(`Expected ${name} to be milliseconds over 0 and up to a day, got ${JSON.stringify(text)}`)
}

/** Nothing if it is well, else what is wrong. */
function askUrl(url: URL, limitMs: number): () => Promise<string | undefined> {
  return () =>
    new Promise((resolve, reject) => {
      const request = url.protocol === 'https:' ? requestHttps : requestHttp
      const asked = request(url, { agent: false, signal: AbortSignal.timeout(limitMs) }, (response) => {
        const { statusCode = 0 } = response
        response.destroy()
        resolve(
          statusCode >= 200 && statusCode <= 299 ? undefined : `${url.origin}${url.pathname} answered ${statusCode}`,
        )
      })
      asked.once('error', (error: NodeJS.ErrnoException) =>
        reject(error.code === 'ABORT_ERR' ? new Error(`${url.origin}${url.pathname} took over ${limitMs} ms`) : error),
      )
      asked.end()
    })
}

function askFile(path: string, maxAgeMs: number): () => Promise<string | undefined> {
  return async () => {
    const { status, timestamp } = parse(await readFile(path, 'utf8'))
    if (status !== 'healthy' && status !== 'degraded')
      return `${path} says ${typeof status === 'string' ? status : 'nothing'}`
    const ageMs = Date.now() - Date.parse(String(timestamp))
    return ageMs <= maxAgeMs ? undefined : `${path} is ${Math.round(ageMs)} ms old, over ${maxAgeMs}`
  }
}

function parse(text: string): { readonly status?: unknown; readonly timestamp?: unknown } {
  try {
    return Object(JSON.parse(text))
  } catch {
    return {}
  }
}

/** A file system of a network may hang. */
function within<result>(limitMs: number, run: () => Promise<result>): () => Promise<result> {
  return () =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`It took over ${limitMs} ms`)), limitMs)
      run()
        .then(resolve, reject)
        .finally(() => clearTimeout(timer))
    })
}
