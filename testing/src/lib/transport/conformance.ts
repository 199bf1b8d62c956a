import type { Case } from './case.ts'
import { abortCases } from './cases/aborts.ts'
import { batteryCases } from './cases/battery.ts'
import { contextCases } from './cases/context.ts'
import { endpointCases } from './cases/endpoints.ts'
import { errorCases } from './cases/errors.ts'
import { faultyHookCases } from './cases/faulty-hooks.ts'
import { gateCases } from './cases/gate.ts'
import { headCases } from './cases/heads.ts'
import { http2Cases } from './cases/http2.ts'
import { orderCases } from './cases/order.ts'
import { pipeliningCases } from './cases/pipelining.ts'
import { routeCases } from './cases/routes.ts'
import { serverHookCases } from './cases/server-hooks.ts'
import { streamingCases } from './cases/streaming.ts'
import { upgradeCases } from './cases/upgrades.ts'
import { isHttp2, type Transport } from './transport.ts'
import { Trial } from './trial.ts'

/** One thing that every transport must do, for any runner: `test(name, run)`. */
export interface ConformanceCase {
  /** What must hold. */
  readonly name: string
  /** Rejects where it does not hold. Run cases one after the other: they listen to one channel of the process. */
  run(): Promise<void>
}

/** Options of {@link transportConformance}. */
export interface ConformanceOptions {
  /**
   * How many milliseconds a case waits for any one thing before it fails.
   *
   * @defaultValue `5_000`, our choice: a hundred times what a slow machine needs
   */
  readonly limitMs?: number | undefined
}

/**
 * Lists what every adapter must do, on every framework and protocol, as the docstrings of `HttpHook`, `HttpServerHook`,
 * `HttpEndpoint` and `HttpExchange` say it.
 *
 * @param transport The adapter under test.
 * @param options Limits.
 * @returns The cases that apply to the transport's protocol.
 */
export function transportConformance(
  transport: Transport,
  { limitMs = 5_000 }: ConformanceOptions = {},
): readonly ConformanceCase[] {
  const unfit = isHttp2(transport) ? 'http1' : 'http2'
  return CASES.filter(({ only }) => only !== unfit).map(({ name, run }) => ({
    name,
    async run() {
      const trial = new Trial(transport, limitMs)
      try {
        await run(trial)
      } finally {
        await trial.close()
      }
      await trial.check()
    },
  }))
}

const CASES: readonly Case[] = [
  ...orderCases,
  ...routeCases,
  ...gateCases,
  ...errorCases,
  ...abortCases,
  ...streamingCases,
  ...pipeliningCases,
  ...contextCases,
  ...upgradeCases,
  ...serverHookCases,
  ...http2Cases,
  ...faultyHookCases,
  ...endpointCases,
  ...headCases,
  ...batteryCases,
]
