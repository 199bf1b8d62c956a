import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { subscribe } from 'node:diagnostics_channel'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

export async function smoke({ '@breakwater/logger': logger, '@breakwater/logger/reader': reader }) {
  await writes(logger)
  await keepsSecrets(logger)
  await hears(logger)
  await rotatesAndReads(logger, reader)
  await losesNothing()
  namesWhatIsWrong(logger, reader)
}

/** A destination that keeps what it is given. */
function collect() {
  const lines = []
  return { lines, write: (line) => void lines.push(JSON.parse(line)) }
}

async function writes({ createLogger }) {
  const destination = collect()
  const logger = createLogger({ service: 'smoke', destination, hear: false })
  const error = Object.assign(new RangeError('far', { cause: new Error('near') }), { code: 'E_FAR' })
  await logger.withContext({ requestId: 'r-1' }, async () => {
    await null
    logger.child({ part: 'a' }).error(error)
  })
  const [{ level, service, requestId, part, err }] = destination.lines
  assert.deepEqual([level, service, requestId, part], ['error', 'smoke', 'r-1', 'a'])
  assert.deepEqual([err.type, err.code, err.cause.message], ['RangeError', 'E_FAR', 'near'])
  logger.hook.around({ slots: [], header: () => 'r-2' }, () => logger.info('inside'), 0)
  assert.deepEqual([destination.lines[1].requestId, destination.lines[1].msg], ['r-2', 'inside'])
  await logger.close()
}

async function keepsSecrets({ createLogger, providerTokens }) {
  const destination = collect()
  const logger = createLogger({ destination, hear: false, redact: { detectors: [providerTokens] } })
  logger.pino.info({ deep: [{ password: 'hunter2' }] }, 'GET https://u:hunter2@example.com/?token=hunter2')
  assert.doesNotMatch(JSON.stringify(destination.lines), /hunter2/)
  assert.match(destination.lines[0].msg, /redacted/)
  await logger.close()
}

async function hears({ createLogger, LOGGER_CHANNEL }) {
  const destination = collect()
  const name = `smoke ${Math.random()}`
  const heard = []
  subscribe(LOGGER_CHANNEL, ({ source, event }) => source === name && heard.push(event.kind))
  const logger = createLogger({ name, destination })
  logger.security('forged')
  assert.deepEqual(heard, ['forged'])
  assert.equal(destination.lines[0].event, 'security:forged')
  assert.ok(logger.measure().some(({ name, value }) => name === 'logger_lines_total' && value === 1))
  await logger.close()
}

async function rotatesAndReads({ createDestination, createLogger }, { createLogReader }) {
  const folder = mkdtempSync(join(tmpdir(), 'smoke-logger-'))
  try {
    const path = join(folder, 'logs', 'app.log')
    const destination = createDestination({ path, rotate: { maxBytes: 1_000, keepFiles: 100 } })
    const logger = createLogger({ destination, hear: false })
    for (let n = 0; n < 50; n++) logger.info({ n }, 'line')
    await logger.close()
    await destination.close()
    assert.ok(readdirSync(join(folder, 'logs')).length > 1)
    const { lines, complete } = await createLogReader({ path }).search({ text: 'LINE' })
    assert.deepEqual(
      lines.map(({ fields }) => fields.n),
      Array.from({ length: 50 }, (_, n) => n),
    )
    assert.ok(complete)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** A process that ends on its own signal while lines wait. Windows has no such signal. */
async function losesNothing() {
  if (process.platform === 'win32') return
  const folder = mkdtempSync(join(tmpdir(), 'smoke-logger-'))
  try {
    const path = join(folder, 'app.log')
    const program = `
      import { createDestination, createLogger } from '@breakwater/logger'
      const destination = createDestination({ path: ${JSON.stringify(path)}, bufferBytes: 1_000_000 })
      const logger = createLogger({ destination })
      for (let n = 0; n < 1_000; n++) logger.info({ n }, 'line')
      process.kill(process.pid, 'SIGTERM')
      setInterval(() => {}, 1_000)`
    const options = { cwd: import.meta.dirname, timeout: 20_000 }
    const error = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '--eval', program],
      options,
    ).catch((thrown) => thrown)
    assert.equal(error.signal, 'SIGTERM')
    assert.equal(readFileSync(path, 'utf8').trim().split('\n').length, 1_000)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function namesWhatIsWrong({ createDestination, createLogger, isDestinationError }, { createLogReader }) {
  assert.throws(() => createLogger({ level: 'loud' }), /`level`.*loud/)
  assert.throws(() => createLogger({ pino: {} }), /`pino`/)
  assert.throws(
    () => createDestination({ path: tmpdir() }),
    (error) => isDestinationError(error) && /it is a folder/.test(error.message),
  )
  assert.throws(() => createLogReader({ path: '' }), /`path`/)
}
