import { toPlugin } from '@breakwater/fastify'
import { createMonitor, type MonitorOptions } from '@breakwater/monitor'
import type { Mount } from '../../../src/overload/subject.ts'

/** As its defaults have it, unless `OVERLOAD_MONITOR` holds other options as JSON, for whoever tunes it. */
export const mount: Mount = async (app) => {
  const monitor = createMonitor(JSON.parse(process.env.OVERLOAD_MONITOR ?? '{}') as MonitorOptions)
  await app.register(toPlugin({ hooks: [monitor.hook] }))
  return {
    report: () => Object.fromEntries(monitor.measure().map(({ name, labels, value }) => [toKey(name, labels), value])),
  }
}

function toKey(name: string, labels: Readonly<Record<string, string>> = {}): string {
  return [name, ...Object.values(labels)].join(' ')
}
