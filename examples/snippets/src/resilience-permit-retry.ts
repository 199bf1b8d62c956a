import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'

let isFirst = true
const send = async (_options: { signal: AbortSignal }): Promise<string> => {
  if (!isFirst) return 'sent'
  isFirst = false
  throw new Error('lost')
}

// #region
import { createRetry, type Permit, type Refusal } from '@breakwater/resilience'

const retry = createRetry({ name: 'mail', baseDelayMs: 10 })

async function deliver(): Promise<string> {
  let permit: Permit | Refusal = retry.tryAcquire()
  while (permit.admitted) {
    let waitMs: number | undefined
    try {
      const result = await send(permit)
      permit.succeed(result)
      return result
    } catch (error) {
      waitMs = permit.fail(error)
      if (waitMs === undefined) throw error
    }
    await sleep(waitMs) // the holder of a permit waits itself
    permit = permit.retry()
  }
  throw permit.error
}
// #endregion

assert.equal(await deliver(), 'sent')
