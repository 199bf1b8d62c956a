import { execFile } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const run = promisify(execFile)
const folder = join(import.meta.dirname, '../src')

test.each(readdirSync(folder))('%s runs to its end', { timeout: 20_000 }, async (file) => {
  const { stderr } = await run(process.execPath, [join(folder, file)], { timeout: 15_000 })
  expect(stderr).toBe('')
})
