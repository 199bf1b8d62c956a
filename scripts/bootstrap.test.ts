import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'

const BOOTSTRAP = join(import.meta.dirname, 'run.mjs')
/** Says which signals it got, and ends half a second after the first. */
const COUNTING = `
  const got = []
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {
    if (got.push(signal) === 1) setTimeout(() => { console.log(got.join()); process.exit(7) }, 500)
  })
  console.log('ready')
  setInterval(() => {}, 1_000)
`

/** As `pnpm start` runs it: with a pnpm of its own, none has to be brought. */
function bootstrap(command: readonly string[]): ChildProcess {
  const env = { ...process.env, npm_config_user_agent: 'pnpm/12.0.0' }
  return spawn(process.execPath, [BOOTSTRAP, ...command], { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
}

test.runIf(process.platform !== 'win32').each(['SIGINT', 'SIGTERM'] as const)(
  'run.mjs passes a %s of its group on once, and ends as its command does',
  async (signal) => {
    const child = bootstrap([process.execPath, '-e', COUNTING])
    const exited = once(child, 'exit')
    const lines: string[] = []
    for await (const line of createInterface(child.stdout as NodeJS.ReadableStream)) {
      lines.push(line)
      if (line === 'ready') process.kill(-(child.pid as number), signal)
    }
    expect(lines).toEqual(['ready', signal])
    expect(await exited).toEqual([7, null])
  },
)

test('run.mjs ends with 2 and one line if there is no command', async () => {
  const child = bootstrap([])
  let said = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  expect(await once(child, 'close')).toEqual([2, null])
  expect(said).toBe('[run] no command given: node scripts/run.mjs <command> [arguments]\n')
})
