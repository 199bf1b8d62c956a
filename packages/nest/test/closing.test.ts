import { BreakwaterModule, closeOnShutdown } from '@breakwater/nest'
import { createShutdown, type Shutdown } from '@breakwater/shutdown'
import { Controller, Get, type INestApplication } from '@nestjs/common'
import { describe, expect, test } from 'vitest'
import { createApp, decorate, listen, PLATFORMS } from './support/app.ts'

/** An application with one slow request under way, and everything that happens to it. */
async function start(platform: (typeof PLATFORMS)[number]) {
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

describe.each(PLATFORMS)('on %s', (platform) => {
  test.each(Object.keys(WAYS))(
    'requests are answered, then the hooks of Nest run, then the others: %s',
    async (way) => {
      const { app, shutdown, told, release } = await start(platform)
      const stopped = WAYS[way]?.(app, shutdown)
      expect(await release()).toBe('done')
      await stopped
      expect(told).toEqual(['answered', ...NEST, 'redis'])
      expect(await shutdown.begin()).toMatchObject({ outcome: 'clean' })
    },
  )

  test('without enableShutdownHooks() and closeOnShutdown() the hooks of Nest do not run, and nothing waits for them', async () => {
    const { app, shutdown, told, release } = await start(platform)
    const stopped = shutdown.begin()
    await release()
    await stopped
    expect(told).toEqual(['answered', 'redis'])
    await app.close()
  })

  test('enableShutdownHooks() waits for the drain and for what is closed after Nest', async () => {
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
    expect(told).toEqual(['answered', ...NEST, 'redis'])
    expect(shutdown.started).toBe(true)
  })
})

/** So long that whatever did not wait has happened. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate)
}

/** Nest sends itself the signal again, which would end this process. */
function ignore(): void {}
