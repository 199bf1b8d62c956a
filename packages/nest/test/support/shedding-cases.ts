import { strict as assert } from 'node:assert'
import type { HttpHook } from '@breakwater/core'
import { createMonitor } from '@breakwater/monitor'
import type { ConformanceCase } from '@breakwater/testing/transport'
import { Controller, Get, Post } from '@nestjs/common'
import { createApp, decorate, listen, rootWith } from './app.ts'
import type { Platform } from './transport.ts'

/**
 * Lists what happens to an application that has more to do than it can, on whichever Nest is installed.
 *
 * @param platform What it stands on.
 */
export function sheddingCases(platform: Platform): readonly ConformanceCase[] {
  return [
    {
      name: 'shedding: what is too much is refused with a problem and Retry-After, and probes are answered',
      async run() {
        const { app, origin, calls, ended, hold, close } = await start(platform)
        try {
          const held = await hold()
          // Refused before its body is looked at.
          const refused = await fetch(`${origin}/tasks`, {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: '{ no JSON',
          })
          assert.equal(refused.status, 503)
          assert.equal(refused.headers.get('content-type'), 'application/problem+json')
          assert.match(refused.headers.get('retry-after') ?? '', /^[1-9]\d*$/)
          assert.partialDeepStrictEqual(await refused.json(), { status: 503, title: 'Service Unavailable' })
          assert.equal((await fetch(`${origin}/livez`)).status, 200)
          assert.deepEqual(calls, ['held'])

          held.release()
          assert.equal(await held.answered, 'done')
          assert.equal((await fetch(`${origin}/tasks`, { method: 'POST' })).status, 201)
          assert.deepEqual(calls, ['held', 'created'])
          // Observers come before the gate, and saw the refusal.
          assert.deepEqual(ended.slice(0, 3), ['POST 503', 'GET 200', 'GET 200'])
          assert.equal(app.getHttpServer().listening, true)
        } finally {
          await close()
        }
      },
    },
  ]
}

async function start(platform: Platform) {
  const monitor = createMonitor({ shed: { maxConcurrency: 1 } })
  const calls: string[] = []
  const ended: string[] = []
  const arrived = Promise.withResolvers<void>()
  const released = Promise.withResolvers<void>()

  class Tasks {
    async hold(): Promise<string> {
      calls.push('held')
      arrived.resolve()
      await released.promise
      return 'done'
    }
    create(): string {
      calls.push('created')
      return 'created'
    }
  }
  Controller('tasks')(Tasks)
  decorate(Tasks, 'hold', Get())
  decorate(Tasks, 'create', Post())
  const observer: HttpHook = { onEnd: ({ method, status }) => void ended.push(`${method} ${status}`) }
  const endpoints = { '/livez': () => ({ status: 200 }) }
  const app = await createApp(
    platform,
    rootWith({ hooks: [observer, monitor.hook], endpoints }, { controllers: [Tasks] }),
  )
  const origin = await listen(app)
  return {
    app,
    origin,
    calls,
    ended,
    async hold() {
      const answered = fetch(`${origin}/tasks`).then((response) => response.text())
      await arrived.promise
      return { answered, release: released.resolve }
    },
    async close() {
      released.resolve()
      await app.close()
      await monitor.close()
    },
  }
}
