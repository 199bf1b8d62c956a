import type { Registry as PlatformaticRegistry } from '@platformatic/prom-client'
import type { Registry as PrometheusRegistry } from '@prometheus-io/client'
import type { Registry } from 'prom-client'
import { expectTypeOf, test } from 'vitest'
import type { RegistryPort } from '../src/lib/registry/port.ts'

test('the real registries are what the port says', () => {
  expectTypeOf<Registry>().toExtend<RegistryPort>()
  expectTypeOf<PrometheusRegistry>().toExtend<RegistryPort>()
  expectTypeOf<PlatformaticRegistry>().toExtend<RegistryPort>()
})
