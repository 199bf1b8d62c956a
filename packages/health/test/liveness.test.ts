import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createHealth, isLivenessError } from '../src/index.ts'

/** A probe as Kubernetes makes it: a connection of its own, and little patience. */
async function probe(port: number, method = 'GET'): Promise<{ status: number; body: string; ms: number }> {
  const startedMs = performance.now()
  const response = await fetch(`http://127.0.0.1:${port}/livez`, {
    method,
    headers: { connection: 'close' },
    signal: AbortSignal.timeout(5_000),
  })
  return { status: response.status, body: await response.text(), ms: performance.now() - startedMs }
}

/** A process whose main loop blocks itself for as long as it is told, and says when it begins. */
async function startSubject(stallMs: number): Promise<{ child: ChildProcess; port: number }> {
  const file = join(import.meta.dirname, 'subjects/blocked.ts')
  const env = { ...process.env, HEALTH_PORT: '0', STALL_MS: String(stallMs) }
  const child = spawn(process.execPath, [file], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], env })
  onTestFinished(() => void child.kill('SIGKILL'))
  const [port] = (await once(child, 'message')) as [number]
  return { child, port }
}

async function block(child: ChildProcess, ms: number): Promise<void> {
  const begun = once(child, 'message')
  child.send(ms)
  await begun
}

test('serveLiveness() answers at once while the main loop is blocked, and is alive until it stalls', async () => {
  const { child, port } = await startSubject(60_000)
  expect(await probe(port)).toMatchObject({ status: 200, body: '{"status":"healthy"}' })
  await block(child, 3_000)
  const ended = once(child, 'message')
  for (let asked = 0; asked < 20; asked++) {
    const { status, ms } = await probe(port)
    expect(status).toBe(200)
    // The loop is blocked for 3 s: whoever waited for it would see.
    expect(ms).toBeLessThan(1_500)
  }
  await ended
})

test('serveLiveness() fails once a ping is unanswered for stallMs, and no longer than that', async () => {
  const { child, port } = await startSubject(300)
  await block(child, 2_500)
  const ended = once(child, 'message')
  // The first probe asks, and cannot know yet.
  expect((await probe(port)).status).toBe(200)
  await expect
    .poll(() => probe(port), { interval: 50, timeout: 2_000 })
    .toMatchObject({ status: 503, body: expect.stringMatching(/^\{"status":"unhealthy","stalledMs":\d+\}$/) })
  await ended
  await expect.poll(() => probe(port), { interval: 50 }).toMatchObject({ status: 200 })
})

test('serveLiveness() does not keep the process alive', async () => {
  const { child } = await startSubject(1_000)
  child.disconnect()
  const [code] = await once(child, 'exit')
  expect(code).toBe(0)
})

test('serveLiveness() answers HEAD, and nothing but GET and HEAD', async () => {
  const health = createHealth()
  const { port } = await health.serveLiveness({ port: 0, host: '127.0.0.1' })
  expect(await probe(port, 'HEAD')).toMatchObject({ status: 200, body: '' })
  expect(await probe(port, 'POST')).toMatchObject({ status: 405 })
  await health.close()
  await expect(probe(port)).rejects.toThrow()
})

test('serveLiveness() rejects if it cannot listen', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  onTestFinished(() => void taken.close())
  const { port } = taken.address() as AddressInfo
  const health = createHealth()
  const error = await health.serveLiveness({ port, host: '127.0.0.1' }).catch((reason: unknown) => reason)
  expect(isLivenessError(error)).toBe(true)
  expect(String(error)).toMatch(
    new RegExp(`^LivenessError: Cannot serve liveness on 127.0.0.1:${port} as .*EADDRINUSE`),
  )
})

test('serveLiveness() rejects with a wrong option', async () => {
  await expect(createHealth().serveLiveness({ port: 70_000 })).rejects.toThrow('`port`')
})

test('serveLiveness() of a health that is closed is closed at once', async () => {
  const health = createHealth()
  await health.close()
  const { port } = await health.serveLiveness({ port: 0, host: '127.0.0.1' })
  await expect(probe(port)).rejects.toThrow()
})
