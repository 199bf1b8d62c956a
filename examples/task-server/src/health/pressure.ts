import type { Health, HealthCheck, HealthStatus } from '@breakwater/health'
import type { Monitor, SignalReport } from '@breakwater/monitor'

type Level = Monitor['level']

/** Which signals each component is judged by. */
const SIGNALS: Readonly<Record<string, readonly string[]>> = {
  memory: ['memoryRatio'],
  cpu: ['cpuRatio', 'eventLoopUtilizationRatio', 'eventLoopDelayMs'],
  connections: ['connectionsRatio'],
  responses: ['responseTimeMs'],
}
/** From the best to the worst. */
const LEVELS: readonly Level[] = ['ok', 'warning', 'critical']
const STATUSES: Readonly<Record<Level, HealthStatus>> = { ok: 'healthy', warning: 'degraded', critical: 'unhealthy' }

/**
 * Adds a check for each thing that this process can have too little of. None is critical: a process that is taken out for having
 * much to do leaves it to others, which have as much. The monitor has waited for several samples, so each result counts.
 *
 * @param health Where to.
 * @param monitor Who watches.
 */
export function addPressure(health: Health, monitor: Monitor): void {
  for (const [component, names] of Object.entries(SIGNALS))
    health.add(component, createPressureCheck(monitor, names), { critical: false, failureThreshold: 1 })
}

/**
 * Makes a check of some signals.
 *
 * @param monitor Who watches.
 * @param names Which ones; the worst of them decides.
 */
export function createPressureCheck(monitor: Pick<Monitor, 'snapshot'>, names: readonly string[]): HealthCheck {
  return () => {
    const { signals } = monitor.snapshot()
    const seen = names.flatMap((name) => (signals[name] ? [{ name, ...signals[name] }] : []))
    const worst = seen.toSorted((a, b) => LEVELS.indexOf(b.level) - LEVELS.indexOf(a.level))[0]
    return {
      status: STATUSES[worst?.level ?? 'ok'],
      data: Object.fromEntries(seen.map(({ name, value }) => [name, value])),
      ...(worst && { cause: describe(worst) }),
    }
  }
}

function describe({ name, level, value, warning, critical }: SignalReport & { readonly name: string }): string {
  return `${name} is ${value?.toFixed(2) ?? 'not known'}, which is ${level}: ${warning} is a warning, ${critical} critical`
}
