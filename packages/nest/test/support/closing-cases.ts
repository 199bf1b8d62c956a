import { strict as assert } from 'node:assert'
import { BreakwaterModule, closeOnShutdown } from '@breakwater/nest'
import { createShutdown, type Shutdown } from '@breakwater/shutdown'
import type { ConformanceCase } from '@breakwater/testing/transport'
import { Controller, Get, type INestApplication } from '@nestjs/common'
import { createApp, decorate, listen } from './app.ts'
import type { Platform } from './transport.ts'

/** Hooks of Nest, in their order. */
const NEST = ['onModuleDestroy', 'beforeApplicationShutdown', 'onApplicationShutdown', 'a global module']

/** Each way to stop, and what is waited for. */
const WAYS: Readonly<Record<string, (app: INestApplication, shutdown: Shutdown) => Promise<unknown>>> = {
  'the process is told to stop, closeOnShutdown() has Nest close': (app, shutdown) => {
    closeOnShutdown(app)
    return shutdown.begin()
  },
  'the process is told to stop, a hook of the user closes Nest': (app, shutdown) => {
    shutdown.add('app', () => app.close(), { dependsOn: ['redis'] })
    return shutdown.begin()
  },
  'app.close() is called, the process stops': (app) => app.close(),
  'app.close() is called, which closeOnShutdown() would call as well': (app) => {
    closeOnShutdown(app)
    return app.close()
  },
  'both hear of it at once, as of a signal': (app, shutdown) => {
    closeOnShutdown(app)
    return Promise.all([app.close(), shutdown.begin()])
  },
}

/**
 * Lists what happens when an application is closed, on whichever Nest is installed.
 *
 * @param platform What it stands on.
 */
export function closingCases(platform: Platform): readonly ConformanceCase[] {
  return [
    ...Object.entries(WAYS).map(
      ([way, stop]): ConformanceCase => ({
        name: `closing: requests are answered, then the hooks of Nest run, then the others: ${way}`,
        async run() {
          const { app, shutdown, told, release } = await start(platform)
          const stopped = stop(app, shutdown)
          assert.equal(await release(), 'done')
          await stopped
          assert.deepEqual(told, ['answered', ...NEST, 'redis'])
          assert.equal((await shutdown.begin()).outcome, 'clean')
        },
      }),
    ),
    {
      name: 'closing: without enableShutdownHooks() and closeOnShutdown() the hooks of Nest do not run, and nothing waits for them',
      async run() {
        const { app, shutdown, told, release } = await start(platform)
        const stopped = shutdown.begin()
        await release()
        await stopped
        assert.deepEqual(told, ['answered', 'redis'])
        await app.close()
      },
    },
    {
      name: 'closing: enableShutdownHooks() waits for the drain and for what is closed after Nest',
      async run() {
        const { app, shutdown, told, release } = await start(platform)
        const before = process.listeners('SIGUSR2')
        app.enableShutdownHooks(['SIGUSR2'])
        const [hear] = process.listeners('SIGUSR2').filter((each) => !before.includes(each))
        process.on('SIGUSR2', ignore)
        try {
          const again = new Promise<void>((resolve) => process.once('SIGUSR2', () => resolve()))
          // Both hear of a signal, the shutdown first as it was made first.
          void shutdown.begin()
          hear?.('SIGUSR2')
          await release()
          await again
        } finally {
          process.off('SIGUSR2', ignore)
        }
        assert.deepEqual(told, ['answered', ...NEST, 'redis'])
        assert.equal(shutdown.started, true)
      },
    },
  ]
}

/** An application with one slow request under way, and everything that happens to it. */
async function start(platform: Platform) {
  const told: string[] = []
  const arrived = Promise.withResolvers<void>()
  const held = Promise.withResolvers<string>()
  const shutdown = createShutdown({
    exit: false,
    signals: [],
    restartSignals: [],
    handleCrashes: false,
    drainDelayMs: 0,
    lingerMs: 0,
  })
  shutdown.add('redis', async () => {
    await turns()
    told.push('redis')
  })

  class Slow {
    async answer(): Promise<string> {
      arrived.resolve()
      const text = await held.promise
      told.push('answered')
      return text
    }
    onModuleDestroy(): void {
      told.push('onModuleDestroy')
    }
    beforeApplicationShutdown(): void {
      told.push('beforeApplicationShutdown')
    }
    onApplicationShutdown(): void {
      told.push('onApplicationShutdown')
    }
  }
  Controller('slow')(Slow)
  decorate(Slow, 'answer', Get())
  const last = {
    async onApplicationShutdown(): Promise<void> {
      await turns()
      told.push('a global module')
    },
  }
  const app = await createApp(platform, {
    module: class AppModule {},
    imports: [
      { module: class LastModule {}, global: true, providers: [{ provide: 'last', useValue: last }] },
      BreakwaterModule.forRoot({ shutdown, dependsOn: ['redis'] }),
    ],
    controllers: [Slow],
  })
  const answered = fetch(`${await listen(app)}/slow`).then((response) => response.text())
  await arrived.promise
  const release = async (): Promise<string> => {
    // Hooks that did not wait would have run by now.
    await turns()
    held.resolve('done')
    return answered
  }
  return { app, shutdown, told, release }
}

/** So long that whatever did not wait has happened. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate)
}

/** Nest sends itself the signal again, which would end this process. */
function ignore(): void {}
