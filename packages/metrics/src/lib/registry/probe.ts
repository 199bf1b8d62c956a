import type { ExtraLabels } from '../exposition/renderer.ts'
import type { RegistryValues } from './port.ts'

/** What a registry does with what it is given. */
export interface Habits {
  /** The labels that it adds to each line. */
  readonly defaultLabels: ExtraLabels
  /** Whether it writes a metric's type as it is, and so whatever lines follow there. */
  readonly carriesLines: boolean
}

const CARRIED = '# carried'
const PROBE = new RegExp(`\\n# TYPE \\S+ untyped\\n${CARRIED}\\n`)
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"/gs
const EVERY_ESCAPED = /\\(.)/gs

/**
 * What a metric answers to find out its registry's habits: no public function tells default labels, but what is
 * written does.
 *
 * @param name The metric's.
 */
export function probeValues(name: string): RegistryValues {
  return { name, help: '', type: `untyped\n${CARRIED}`, values: [{ value: 0, labels: {} }] }
}

/**
 * Reads what a registry made of {@link probeValues}.
 *
 * @param text All of it.
 */
export function readHabits(text: string): Habits {
  const line = text.trimEnd().split('\n').at(-1) ?? ''
  return { defaultLabels: readLabels(line.slice(line.indexOf('{') + 1)), carriesLines: PROBE.test(text) }
}

/**
 * Reads labels that were written down.
 *
 * @param text Such as `method="GET",route="/x"`, escaped.
 */
export function readLabels(text: string): Readonly<Record<string, string>> {
  const labels: Record<string, string> = {}
  for (const [, name = '', value = ''] of text.matchAll(LABEL)) labels[name] = value.replace(EVERY_ESCAPED, unescaped)
  return labels
}

function unescaped(_: string, character: string): string {
  return character === 'n' ? '\n' : character
}
