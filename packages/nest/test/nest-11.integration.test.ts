import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { PLATFORMS } from './support/app.ts'

const folder = new URL('nest-11/', import.meta.url)

// In processes of their own, as only one Nest can be found from a folder.
test.concurrent.each(PLATFORMS)(
  'BreakwaterModule on %s of Nest 11 does what it does on Nest 12',
  async (platform) => {
    const program = ['--import', new URL('use-nest-11.mjs', folder).href, new URL('main.ts', folder).pathname, platform]
    const { stdout } = await promisify(execFile)(process.execPath, program, { timeout: 60_000 })
    expect(stdout).toMatch(/^(\d+) of \1 hold on Nest 11\.\d/)
  },
  60_000,
)
