import assert from 'node:assert/strict'

delete process.env.KUBERNETES_SERVICE_HOST
const PORT = 0
const closed: string[] = []

class AppModule {
  onModuleDestroy(): void {
    closed.push('Nest')
  }
}

// #region
import { createHealth } from '@breakwater/health'
import { createMetrics } from '@breakwater/metrics'
import { BreakwaterModule, closeOnShutdown, createToken, provide } from '@breakwater/nest'
import { type CircuitBreaker, createCircuitBreaker } from '@breakwater/resilience'
import { createShutdown } from '@breakwater/shutdown'
import { NestFactory } from '@nestjs/core'

const PAYMENTS = createToken<CircuitBreaker>('payments')

const payments = createCircuitBreaker({ name: 'payments' })
const shutdown = createShutdown()
const health = createHealth().add('shutdown', () => !shutdown.started)
const metrics = createMetrics()
for (const each of [payments, shutdown]) metrics.watch(each)

const breakwater = BreakwaterModule.forRoot({
  hooks: [metrics.hook],
  serverHooks: [metrics.serverHook],
  endpoints: { '/livez': health.liveness, '/readyz': health.readiness, '/metrics': metrics.endpoint },
  provides: [provide(PAYMENTS, payments)],
  shutdown,
})
const app = await NestFactory.create({ module: AppModule, imports: [breakwater] }, { logger: ['warn', 'error'] })
closeOnShutdown(app)
await app.listen(PORT)
// #endregion

const origin = (await app.getUrl()).replace('[::1]', 'localhost')
assert.equal((await fetch(`${origin}/livez`)).status, 200)
assert.match(await (await fetch(`${origin}/metrics`)).text(), /route="\/livez"/)
assert.equal(app.get(PAYMENTS, { strict: false }), payments)
process.once('exit', (code) => {
  assert.equal(code, 0)
  assert.deepEqual(closed, ['Nest'])
})
process.kill(process.pid, 'SIGTERM')
