import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'

const lines: Record<string, unknown>[] = []
const destination = { write: (line: string): void => void lines.push(JSON.parse(line)) }

// #region
import { createLogger } from '@breakwater/logger'

const logger = createLogger({ service: 'tasks', destination })

async function sendMail(taskId: number): Promise<void> {
  await delay(1)
  logger.info({ taskId }, 'mail sent') // nobody handed it a logger
}

// A job is no request, so it brings an id of its own.
await logger.withContext({ requestId: 'job-17', job: 'reminders' }, async () => {
  await sendMail(7)
  setTimeout(() => logger.info('tidied up'), 5) // what goes on after it knows it, too
})

const mailer = logger.child({ part: 'mailer' })
mailer.warn('the queue is long')
// #endregion

assert.equal(logger.context, undefined)
await delay(20)
await logger.close()
assert.deepEqual(
  lines.map(({ msg, requestId, job, taskId, part }) => [msg, requestId, job, taskId ?? part]),
  [
    ['mail sent', 'job-17', 'reminders', 7],
    ['the queue is long', undefined, undefined, 'mailer'],
    ['tidied up', 'job-17', 'reminders', undefined],
  ],
)
