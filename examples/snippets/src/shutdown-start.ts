import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'

const [, file = '', wanted] = process.argv
const log = (line: string): void => console.log(line)
const create = (name: string) => ({ close: async () => log(`closed ${name}`) })

async function openDatabase(): Promise<ReturnType<typeof create>> {
  if (wanted === 'stopped') process.kill(process.pid, 'SIGTERM')
  await delay(20)
  return create('the database')
}

async function openQueue(): Promise<ReturnType<typeof create>> {
  if (wanted === 'fails') throw new Error('the queue is down')
  return create('the queue')
}

async function run(): Promise<void> {
  // #region
  const { createShutdown, isShutdownStartedError } = await import('@breakwater/shutdown')

  const shutdown = createShutdown()

  /** What is opened is closed: at the end, or here if the process was told to stop meanwhile. */
  async function open<resource extends { close(): Promise<void> }>(
    name: string,
    opening: Promise<resource>,
  ): Promise<resource> {
    const opened = await opening
    try {
      shutdown.add(name, () => opened.close())
    } catch (error) {
      await opened.close()
      throw error
    }
    return opened
  }

  try {
    await open('database', openDatabase())
    await open('queue', openQueue())
  } catch (error) {
    // Told to stop while it started, which is no failure.
    if (!isShutdownStartedError(error)) log(`Cannot start: ${error}`)
    await shutdown.fail(error)
  }
  // #endregion
}

async function start(how: string): Promise<{ code: number; lines: string }> {
  const child = spawn(process.execPath, [file, how], { stdio: ['ignore', 'pipe', 'inherit'] })
  const exit = new Promise<number>((resolve) => child.once('exit', resolve))
  return { lines: await text(child.stdout), code: await exit }
}

if (wanted === undefined) {
  assert.deepEqual(await start('fails'), {
    code: 1,
    lines: 'Cannot start: Error: the queue is down\nclosed the database\n',
  })
  const stopped = await start('stopped')
  assert.equal(stopped.code, 0)
} else {
  delete process.env.KUBERNETES_SERVICE_HOST
  await run()
}
