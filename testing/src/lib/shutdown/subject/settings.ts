import { PROTOCOLS, type Protocol } from './contract.ts'

/** What a subject was told. */
export interface SubjectSettings {
  readonly protocols: readonly Protocol[]
  readonly delayMs: number
  readonly hook: string | undefined
  readonly isSlow: boolean
  readonly workers: number
  readonly key: string | undefined
  readonly cert: string | undefined
}

/** Reads what a subject is told; see `SubjectEnv`. */
export function readSettings(env: NodeJS.ProcessEnv): SubjectSettings {
  return {
    protocols: (env.SUBJECT_PROTOCOLS ?? 'http1').split(',').map(toProtocol),
    delayMs: toCount('SUBJECT_DELAY_MS', env.SUBJECT_DELAY_MS),
    hook: env.SUBJECT_HOOK,
    isSlow: env.SUBJECT_START === 'slow',
    workers: toCount('SUBJECT_WORKERS', env.SUBJECT_WORKERS),
    key: env.SUBJECT_KEY,
    cert: env.SUBJECT_CERT,
  }
}

function toProtocol(name: string): Protocol {
  const found = PROTOCOLS.find((protocol) => protocol === name)
  if (found === undefined)
    throw new RangeError(`Expected \`SUBJECT_PROTOCOLS\` to be of ${PROTOCOLS.join(', ')}, got "${name}"`)
  return found
}

function toCount(name: string, text = '0'): number {
  if (!/^\d+$/.test(text)) throw new RangeError(`Expected \`${name}\` to be an integer of at least 0, got "${text}"`)
  return Number(text)
}
