import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { useRedis } from '@breakwater/testing/services'
import { describe, expect, test } from 'vitest'

const run = promisify(execFile)
const folder = join(import.meta.dirname, '../src')
const files = readdirSync(folder)
const needsRedis = (file: string): boolean => readFileSync(join(folder, file), 'utf8').includes('REDIS_URL')

async function runToItsEnd(file: string, environment: NodeJS.ProcessEnv = {}): Promise<void> {
  const env = { ...process.env, ...environment }
  const { stderr } = await run(process.execPath, [join(folder, file)], { timeout: 15_000, env })
  expect(stderr).toBe('')
}

test.each(files.filter((file) => !needsRedis(file)))('%s runs to its end', { timeout: 20_000 }, (file) =>
  runToItsEnd(file),
)

describe('with a Redis', () => {
  // What snippets write begins with nothing that could be told apart from other data.
  const redis = useRedis({ own: true })
  test.each(files.filter(needsRedis))('%s runs to its end', { timeout: 20_000 }, (file) =>
    runToItsEnd(file, { REDIS_URL: redis.url }),
  )
})
