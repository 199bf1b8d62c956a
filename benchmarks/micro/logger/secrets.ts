import { costsAtMost } from '../../src/claims.ts'
import type { MicroGroup } from '../../src/micro/subject.ts'
import { LAST, lines, seeLine } from './lines.ts'
import { BASE, toOurs, toPino } from './loggers.ts'

/** Numbers of tasks are less. */
const TASKS = 1_024
/** What must not be written. */
const PASSWORD = 'correct horse battery staple'
const AUTHORIZATION = 'Bearer 9f2d1c7e4b6a8035'
const COOKIE = 'theme=dark; session=5b1e0f7d2c9a4836'

/** What may. */
const METHOD = 'POST'
const HOST = 'tasks.example'
const AGENT = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'
const ACCEPT = 'application/json'

/** Paths as most have them: pino looks nowhere else. */
const PATHS: readonly string[] = [
  'req.headers.authorization',
  'req.headers.cookie',
  'req.headers["x-api-key"]',
  'res.headers["set-cookie"]',
  'password',
  '*.password',
  'token',
  '*.token',
  'secret',
  '*.secret',
  'apiKey',
  '*.apiKey',
]
const REDACTED = '[redacted]'

interface Login {
  readonly taskId: number
  readonly password: string
  readonly req: { readonly method: string; readonly headers: Readonly<Record<string, string>> }
}

function toLogin(taskId: number, password = PASSWORD, authorization = AUTHORIZATION, cookie = COOKIE): Login {
  const headers = { host: HOST, 'user-agent': AGENT, accept: ACCEPT, authorization, cookie }
  return { taskId, password, req: { method: METHOD, headers } }
}

/** What is no secret, of a line that has all secrets or none of them. */
function seeLogin(isSafe: boolean): (line: string) => unknown {
  return (line) => {
    for (const secret of [PASSWORD, AUTHORIZATION, COOKIE])
      if (line.includes(secret) === isSafe)
        throw new Error(`Cannot compare a line that should have ${isSafe ? 'no' : 'every'} secret: ${line}`)
    const { password, req, ...fields } = seeLine(line) as { readonly req: Login['req']; readonly password: unknown }
    const { authorization, cookie, ...headers } = req.headers
    const areThere = [password, authorization, cookie].every((secret) => typeof secret === 'string')
    return { ...fields, req: { ...req, headers }, areThere }
  }
}

const OURS = 'createLogger'
const BARE = 'pino, which writes all secrets'

/** What a line with secrets costs. */
export const secretLines: MicroGroup = {
  id: 'secrets',
  title: 'A line with three secrets',
  about:
    'One operation writes a line with a password at the top, and a request whose headers have an `authorization` and a `cookie`, two levels down. Ours is as it comes: it finds them by their names at any depth, and looks for others in every text. The first peer redacts nothing; the second one has a list of 12 paths, which is all it looks at. The floor knows what to leave out.',
  floor: lines(
    'by hand',
    (sink) => (times) => {
      for (let i = 0; i < times; i++) {
        const { taskId, password, req } = toLogin(i % TASKS, REDACTED, REDACTED, REDACTED)
        sink.write(
          `{"level":30,"time":${Date.now()},"env":"${BASE.env}","service":"${BASE.service}","taskId":${taskId},"password":"${password}","req":${JSON.stringify(req)},"msg":"signed in"}\n`,
        )
      }
    },
    seeLogin(true),
  ),
  ours: [
    lines(
      OURS,
      (sink) => {
        const logger = toOurs(sink)
        return (times) => {
          for (let i = 0; i < times; i++) logger.info(toLogin(i % TASKS), 'signed in')
        }
      },
      seeLogin(true),
    ),
  ],
  peers: [
    lines(
      BARE,
      (sink) => {
        const logger = toPino(sink)
        return (times) => {
          for (let i = 0; i < times; i++) logger.info(toLogin(i % TASKS), 'signed in')
        }
      },
      seeLogin(false),
    ),
    lines(
      'pino with 12 paths',
      (sink) => {
        const logger = toPino(sink, { redact: { paths: [...PATHS], censor: REDACTED } })
        return (times) => {
          for (let i = 0; i < times; i++) logger.info(toLogin(i % TASKS), 'signed in')
        }
      },
      seeLogin(true),
    ),
  ],
  expected: [
    LAST + 1,
    {
      ...BASE,
      level: 'info',
      taskId: LAST,
      req: { method: METHOD, headers: { host: HOST, 'user-agent': AGENT, accept: ACCEPT } },
      msg: 'signed in',
      areThere: true,
    },
  ],
  toleranceRatio: 0.05,
  claims: [costsAtMost(OURS, 1.5, BARE, 'Nobody should be tempted to switch it off.')],
}
