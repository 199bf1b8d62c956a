import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { runCli } from './run-cli.ts'

async function serve(status: number | undefined): Promise<{ url: string; port: string; paths: string[] }> {
  const paths: string[] = []
  const server = createServer(({ url = '' }, response) => {
    paths.push(url)
    // Longer than anybody waits, or than is of interest.
    if (status !== undefined) response.writeHead(status).write('x'.repeat(100_000))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, port: String(port), paths }
}

function createFile(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'health-cli-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'health.json')
  writeFileSync(file, text)
  return file
}

test('runCli() ends with 0 if the url answers 2xx, and else with 1 and one line', async () => {
  const [well, bad] = [await serve(200), await serve(503)]
  expect(await runCli([well.url], {})).toEqual({ code: 0 })
  expect(await runCli([`${bad.url}/readyz?token=hunter2`], {})).toEqual({
    code: 1,
    line: `${bad.url}/readyz answered 503`,
  })
})

test('runCli() waits no longer than its limit, and fails where nobody listens', async () => {
  const { url } = await serve(undefined)
  expect(await runCli([url, '--limit-ms', '50'], {})).toEqual({ code: 1, line: `${url}/ took over 50 ms` })
  const { code, line } = await runCli(['http://127.0.0.1:1/livez'], {})
  expect([code, line]).toEqual([1, expect.stringContaining('ECONNREFUSED')])
})

test('runCli() asks what the environment names, if it is told nothing', async () => {
  const { url, port, paths } = await serve(200)
  expect(await runCli([], { HEALTH_URL: `${url}/a`, HEALTH_PORT: '1', PORT: '1' })).toEqual({ code: 0 })
  expect(await runCli([], { HEALTH_URL: '', HEALTH_PORT: port, PORT: '1' })).toEqual({ code: 0 })
  expect(await runCli([], { PORT: port })).toEqual({ code: 0 })
  expect(paths).toEqual(['/a', '/livez', '/livez'])
})

test.for([
  ['healthy', 0],
  ['degraded', 0],
  ['unhealthy', 1],
  ['fine', 1],
] as const)('runCli() reads a file that says %s', async ([status, code]) => {
  const file = createFile(JSON.stringify({ status, timestamp: new Date().toISOString() }))
  const result = await runCli(['--file', file], {})
  expect(result.code).toBe(code)
  if (code === 1) expect(result.line).toBe(`${file} says ${status}`)
})

test.for(['', 'null', '7', '{}', '{"status":"healthy"}', '{"status":"healthy","timestamp":"never"}'])(
  'runCli() fails with a file that says %j',
  async (text) => {
    expect((await runCli(['--file', createFile(text)], {})).code).toBe(1)
  },
)

test('runCli() fails with a file that is old or missing', async () => {
  const file = createFile(JSON.stringify({ status: 'healthy', timestamp: new Date(Date.now() - 5_000).toISOString() }))
  expect(await runCli(['--file', file, '--max-age-ms', '60000'], {})).toEqual({ code: 0 })
  const { code, line } = await runCli(['--file', file, '--max-age-ms', '1000'], {})
  expect([code, line]).toEqual([1, expect.stringMatching(/health.json is \d+ ms old, over 1000$/)])
  expect(await runCli(['--file', `${file}.no`], {})).toEqual({ code: 1, line: expect.stringContaining('ENOENT') })
})

test.for([
  ['--wrong'],
  ['a', 'b'],
  ['--file', 'a', 'http://b'],
  ['no url'],
  ['ftp://a'],
  ['--limit-ms', '0', 'http://a'],
  ['--limit-ms', 'soon', 'http://a'],
  ['--max-age-ms', '', '--file', 'a'],
])('runCli() ends with 2 and the usage when called %j', async (args) => {
  const { code, line } = await runCli(args, {})
  expect([code, line]).toEqual([2, expect.stringContaining('Usage: breakwater-health ')])
  expect(line).not.toContain('\n')
})

test('runCli() says how it is used', async () => {
  expect(await runCli(['--help'], {})).toEqual({ code: 0, line: expect.stringContaining('Usage: ') })
})
