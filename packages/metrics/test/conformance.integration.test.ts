import { createMetrics, type RegistryPort } from '@breakwater/metrics'
import { type MetricsSubject, metricsConformance } from '@breakwater/testing/metrics'
import type { Transport } from '@breakwater/testing/transport'
import { Registry as PlatformaticRegistry } from '@platformatic/prom-client'
import { Registry as NextRegistry } from '@prometheus-io/client'
import { Registry } from 'prom-client'
import { describe, test } from 'vitest'
import { expressTransport } from './transports/express.ts'
import { fastifyTransport } from './transports/fastify.ts'
import { nodeTransport } from './transports/node.ts'

const TRANSPORTS: Readonly<Record<string, Transport>> = {
  'node:http': nodeTransport('http'),
  'node:https': nodeTransport('https'),
  'Express 5': expressTransport,
  'Fastify 5': fastifyTransport,
}

for (const [name, transport] of Object.entries(TRANSPORTS)) {
  describe(`createMetrics() on ${name}`, () => {
    for (const { name, run } of metricsConformance(transport, () => createMetrics({ process: false }))) test(name, run)
  })
}

/** What is counted is the same whoever shows it: the one case that has all kinds of requests is enough. */
const SHOWN: Readonly<Record<string, () => MetricsSubject>> = {
  'a registry of prom-client': () => inRegistry(new Registry()),
  'a registry of @prometheus-io/client': () => inRegistry(new NextRegistry()),
  'a registry of @platformatic/prom-client': () => inRegistry(new PlatformaticRegistry()),
  'names of OpenTelemetry': () => {
    const metrics = createMetrics({ process: false, names: 'opentelemetry' })
    return { ...metrics, text: async () => toPrometheus(await metrics.text()) }
  },
}

for (const [name, create] of Object.entries(SHOWN)) {
  const [all] = metricsConformance(nodeTransport('http'), create)
  test(`createMetrics() with ${name}: ${all?.name}`, () => all?.run())
}

function inRegistry(registry: RegistryPort & { metrics(): Promise<string> }): MetricsSubject {
  return { ...createMetrics({ process: false, registry }), text: () => registry.metrics() }
}

const LABELS =
  /http_request_method="([^"]*)"(?:,http_route="([^"]*)")?(?:,http_response_status_code="(\d+)")?(?:,error_type="\w+")?/g

/** What OpenTelemetry's names say in Prometheus' ones. */
function toPrometheus(text: string): string {
  return text
    .replaceAll('http_server_request_duration', 'http_request_duration')
    .replaceAll('http_server_active_requests', 'http_requests_in_flight')
    .replace(/http_server_(request|response)_body_size/g, 'http_$1_size')
    .replace(LABELS, (_, method: string, route = 'unmatched', status = '499') => {
      return `method="${method}",route="${route}",status_code="${status}"`
    })
}
