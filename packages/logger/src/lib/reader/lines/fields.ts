/** What a field can be compared with. */
export type FieldValue = string | number | boolean | null

/**
 * Finds a field.
 *
 * @param value The parsed line, or a part of it.
 * @param path Names with dots between them. A name may have dots itself, as those of ECS do.
 * @returns `undefined` if there is none.
 */
export function fieldOf(value: unknown, path: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined
  const fields = value as Readonly<Record<string, unknown>>
  if (Object.hasOwn(fields, path)) return fields[path]
  for (let dot = path.indexOf('.'); dot !== -1; dot = path.indexOf('.', dot + 1)) {
    const name = path.slice(0, dot)
    const found = Object.hasOwn(fields, name) ? fieldOf(fields[name], path.slice(dot + 1)) : undefined
    if (found !== undefined) return found
  }
  return undefined
}

/**
 * Whether a field is what is wanted.
 *
 * @param found The field.
 * @param wanted A text also equals a number or a boolean that is written so: what comes from a URL is always text.
 */
export function isField(found: unknown, wanted: FieldValue): boolean {
  if (found === wanted) return true
  if (typeof wanted !== 'string') return false
  return (typeof found === 'number' || typeof found === 'boolean') && String(found) === wanted
}
