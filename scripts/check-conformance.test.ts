import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { checkConformance } from './check-conformance.ts'

const WORKSPACE = join(import.meta.dirname, '..')
const root = mkdtempSync(join(tmpdir(), 'breakwater-conformance-'))

afterEach(() => rmSync(root, { recursive: true }))

test('conformance names the package, the Node and the case where an adapter is wrong', async () => {
  for (const folder of ['testing', 'scripts', 'node_modules']) symlinkSync(join(WORKSPACE, folder), join(root, folder))
  mkdirSync(join(root, 'packages/wrong/test'), { recursive: true })
  writeFileSync(join(root, 'packages/wrong/package.json'), '{ "name": "@breakwater/wrong", "exports": {} }')
  writeFileSync(
    join(root, 'packages/wrong/test/transport.ts'),
    'export const createTransport = (protocol: string) => ({ protocol, listen: () => Promise.reject(new Error("no port")) })',
  )

  const { problems } = await checkConformance(root, [process.versions.node])
  expect(problems).toHaveLength(1)
  expect(problems[0]).toMatch(/^packages\/wrong on Node \d+\.\d+\.\d+:\nhttp: order: .*: no port\n/)
  expect(problems[0]).toMatch(/\n\d+ passed, \d{3} failed$/)
})
