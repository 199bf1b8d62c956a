import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { renameSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { get } from 'node:http'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { User } from './guard-messages.ts'
import { type FoundProgram, type Program, provideProgram, unprivilegedUser } from './program.ts'
import { serverEnvironment, startServer } from './server.ts'
import type { Environment, OwnServer, Service, Skipped } from './service.ts'
import { until } from './until.ts'

const CALL_LIMIT_MS = 5_000
const DEFAULT_CONNECTIONS = 1_024
const RELOAD_LIMIT_MS = 10_000
const RELOAD_EVERY_MS = 10
const CONFIG_FILE = 'nginx.conf'
const NEXT_CONFIG_FILE = 'next.conf'
const ACCESS_LOG = 'access.log'
const STEPS_LOG = 'steps.log'
const WHICH = '/breakwater-which-configuration'
/** Modules that want a folder for temporary files, in /var/lib unless told else. */
const WITH_FOLDERS = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']

/** What has to be there. */
export const NGINX_PROGRAM: Program = {
  files: ['nginx'],
  folders: ['/usr/sbin'], // where it is, and which is not on everybody's PATH
  debianPackage: 'nginx-light',
  systemServices: ['nginx'],
}

/** What nginx is told. */
export interface NginxConfig {
  /** Directives of the `http` block, such as upstreams. */
  readonly http?: string | undefined
  /** Locations of the only server, which listens on the port of {@link NginxServer}. What answers outside of them hides whether it is up. */
  readonly server: string
}

/** An nginx of the test's own, with one worker process. */
export interface NginxServer extends Service, OwnServer {
  /**
   * Gives it another configuration without stopping it. Resolves when every new connection is served by that. The old worker
   * process finishes what it has, and ends.
   *
   * @throws {Error} If the configuration is wrong. The old one stays.
   */
  configure(config: NginxConfig): Promise<void>
  /** Every request that it has finished so far. */
  requests(): Promise<readonly NginxRequest[]>
}

/** A request, as nginx logged it. */
export interface NginxRequest {
  /** Path and query. */
  readonly uri: string
  /** What the client got. 499: it was gone. */
  readonly status: number
  /** What upstreams said, several with commas between; `-`: none was asked. */
  readonly upstreamStatus: string
}

/** Options of {@link startNginx}. */
export interface NginxOptions extends NginxConfig {
  /**
   * How many connections it may have at once, to clients and to upstreams together.
   *
   * @defaultValue `1_024`
   */
  readonly connections?: number | undefined
  /** @defaultValue `process.env` */
  readonly env?: Environment | undefined
}

/**
 * Starts an nginx.
 *
 * @param options Its first configuration.
 * @returns The service, or why there is none.
 */
export async function startNginx(options: NginxOptions): Promise<NginxServer | Skipped> {
  const { env = process.env, connections = DEFAULT_CONNECTIONS, ...config } = options
  const found = await provideProgram(NGINX_PROGRAM, env)
  return 'skip' in found ? found : start(found, config, connections)
}

async function start({ folder, from }: FoundProgram, first: NginxConfig, connections: number): Promise<NginxServer> {
  const file = join(folder, 'nginx')
  const user = await unprivilegedUser(['www-data', 'nobody'])
  const folders = await ownFolders(file)
  let directory = ''
  let config = first
  // Each configuration answers with a word of its own, by which it is seen whether it serves.
  let word = ''
  const write = (name: string, port: number, next: NginxConfig): void => {
    word = randomBytes(8).toString('hex')
    writeFileSync(join(directory, name), toText(next, port, word, folders, connections))
  }
  const server = await startServer({
    name: 'nginx',
    user,
    stopSignal: 'SIGTERM',
    async prepare(guard) {
      directory = guard.directory
    },
    command(port) {
      write(CONFIG_FILE, port, config)
      return { file, args: ['-p', '.', '-c', CONFIG_FILE] }
    },
    isReady: async (port) => (await which(port))[0] === word,
  })

  async function configure(next: NginxConfig): Promise<void> {
    write(NEXT_CONFIG_FILE, server.port, next)
    await check(file, directory, user)
    renameSync(join(directory, NEXT_CONFIG_FILE), join(directory, CONFIG_FILE))
    config = next
    // The new worker process comes first, and both accept until the old one is told.
    const [, oldPid] = await which(server.port)
    process.kill(server.pid, 'SIGHUP')
    const obstacle = async (): Promise<string | undefined> => {
      const steps = await readFile(join(directory, STEPS_LOG), 'utf8')
      const isTold = steps.includes(` ${oldPid}#${oldPid}: gracefully shutting down`)
      return isTold && (await which(server.port))[0] === word ? undefined : `the old one serves: ${server.log()}`
    }
    await until('reload nginx', obstacle, RELOAD_LIMIT_MS, RELOAD_EVERY_MS)
  }
  return Object.assign(server, {
    url: `http://127.0.0.1:${server.port}`,
    from,
    configure,
    requests: () => readRequests(join(directory, ACCESS_LOG)),
    [Symbol.asyncDispose]: server.stop,
  })
}

/** Where it puts files for a while: only in its own directory. A module that is not built in knows no such directive. */
async function ownFolders(file: string): Promise<string> {
  const { stderr } = await promisify(execFile)(file, ['-V'], { timeout: CALL_LIMIT_MS })
  return WITH_FOLDERS.filter((name) => !stderr.includes(`--without-http_${name}_module`))
    .map((name) => `${name}_temp_path ${name};`)
    .join(' ')
}

function toText(
  { http = '', server }: NginxConfig,
  port: number,
  word: string,
  folders: string,
  connections: number,
): string {
  return `
daemon off;
worker_processes 1;
pid nginx.pid;
error_log stderr warn;
error_log ${STEPS_LOG} notice;
events { worker_connections ${connections}; }
http {
  log_format lines '$status|$upstream_status|$request_uri';
  access_log ${ACCESS_LOG} lines;
  ${folders}
  ${http}
  server {
    listen 127.0.0.1:${port};
    location = ${WHICH} { access_log off; return 200 "${word} $pid"; }
    ${server}
  }
}
`
}

/** A reload with a wrong one does nothing, and says so in the log alone. */
async function check(file: string, directory: string, user: User | undefined): Promise<void> {
  const options = { cwd: directory, env: serverEnvironment(directory), timeout: CALL_LIMIT_MS, ...user }
  try {
    await promisify(execFile)(file, ['-t', '-q', '-p', '.', '-c', NEXT_CONFIG_FILE], options)
  } catch (error) {
    throw new Error(`Cannot configure nginx: ${(error as { stderr?: string }).stderr?.trim() || error}`, {
      cause: error,
    })
  }
}

/** Which configuration serves, and which worker process, to a new connection. */
function which(port: number): Promise<readonly string[]> {
  const options = { host: '127.0.0.1', port, path: WHICH, agent: false, timeout: CALL_LIMIT_MS }
  return new Promise((resolve, reject) => {
    const request = get(options, async (response) => {
      const chunks = await response.setEncoding('utf8').toArray()
      resolve(chunks.join('').split(' '))
    })
    request.once('timeout', () => request.destroy(new Error(`nginx did not answer within ${CALL_LIMIT_MS} ms`)))
    request.once('error', reject)
  })
}

async function readRequests(file: string): Promise<readonly NginxRequest[]> {
  const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '')
  return lines.map((line) => {
    const [status = '', upstreamStatus = '', ...uri] = line.split('|')
    return { uri: uri.join('|'), status: Number(status), upstreamStatus }
  })
}
