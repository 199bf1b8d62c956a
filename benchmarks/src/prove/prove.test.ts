import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url))
const LIMIT_MS = 280_000

// Minutes, with all servers: only in the long version of the tests.
test.runIf(process.env.SOAK !== undefined)(
  'prove --quick runs everything, finds nothing wrong and keeps nothing',
  { timeout: LIMIT_MS },
  async () => {
    const { code, output } = await new Promise<{ code: number; output: string }>((resolve) => {
      execFile(
        process.execPath,
        [MAIN, '--quick'],
        { timeout: LIMIT_MS, maxBuffer: 10_000_000 },
        (error, stdout, stderr) => resolve({ code: Number(error?.code ?? 0), output: stdout + stderr }),
      )
    })
    expect(output).toContain('## Targets')
    expect(output).not.toContain('WRONG')
    expect(code).toBe(0)
  },
)
