/** The fields that every line of a logger has: those of its base and of its children. */
export interface Bindings {
  /** As they stand in a line: `,"name":value` each. */
  readonly text: string
  /** The same by name, values as JSON. */
  readonly fields: ReadonlyMap<string, string>
}

/** No fields. */
export const NO_BINDINGS: Bindings = { text: '', fields: new Map() }

/** Fields as they stand in a line, of which later ones replace earlier ones of their name. */
export function extendBindings(
  { text, fields }: Bindings,
  further: readonly (readonly [name: string, text: string, value: string])[],
): Bindings {
  if (further.length === 0) return { text, fields }
  const all = new Map(fields)
  let isReplaced = false
  for (const [name, , value] of further) {
    isReplaced ||= all.has(name)
    all.set(name, value)
  }
  if (isReplaced) return { text: textOf(all), fields: all }
  return { text: further.reduce((sum, [, name, value]) => `${sum},${name}${value}`, text), fields: all }
}

/** Those that a line does not have itself. */
export function withoutNames({ fields }: Bindings, names: ReadonlySet<string>): string {
  return textOf(new Map([...fields].filter(([name]) => !names.has(name))))
}

function textOf(fields: ReadonlyMap<string, string>): string {
  let text = ''
  for (const [name, value] of fields) text += `,${JSON.stringify(name)}:${value}`
  return text
}
