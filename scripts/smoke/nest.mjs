import assert from 'node:assert/strict'
import { NestFactory } from '@nestjs/core'

/** Without a platform, which a user chooses: that tokens, options and hooks find each other in the real Nest. */
export async function smoke({
  '@breakwater/nest': { BreakwaterModule, closeOnShutdown, createToken, provide, WithPolicy },
}) {
  const POLICY = createToken('policy')
  const told = []
  const policy = { execute: (run) => run().then((result) => `${result} under the policy`) }
  const hooks = []
  const shutdown = {
    started: false,
    serve() {},
    add: (name, hook) => hooks.push(hook) && assert.equal(name, 'nest'),
    begin: () => Promise.all(hooks.map((hook) => hook())),
  }
  class Service {
    async call() {
      return 'called'
    }
    onModuleDestroy() {
      told.push('closed')
    }
  }
  const descriptor = Object.getOwnPropertyDescriptor(Service.prototype, 'call')
  WithPolicy(POLICY)(Service.prototype, 'call', descriptor)
  Object.defineProperty(Service.prototype, 'call', descriptor)

  const imports = [BreakwaterModule.forRoot({ provides: [provide(POLICY, policy)], shutdown })]
  const app = await NestFactory.createApplicationContext(
    { module: class AppModule {}, imports, providers: [Service] },
    { logger: false, abortOnError: false },
  )
  assert.equal(await app.get(Service).call(), 'called under the policy')
  closeOnShutdown(app)
  await shutdown.begin()
  assert.deepEqual(told, ['closed'])
}
