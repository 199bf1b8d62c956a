/**
 * Reads a file that holds one number.
 *
 * @param text What the file holds.
 * @returns `undefined` if it is no number, such as `max`, which means none.
 */
export function toNumber(text: string | undefined): number | undefined {
  const trimmed = text?.trim() ?? ''
  const value = Number(trimmed)
  return trimmed === '' || !Number.isFinite(value) ? undefined : value
}

/**
 * Reads one field of a file of lines such as `inactive_file 12288`.
 *
 * @param text What the file holds.
 * @param name Name of the field.
 */
export function fieldOf(text: string | undefined, name: string): number | undefined {
  if (text === undefined) return
  const start = text.startsWith(`${name} `) ? 0 : text.indexOf(`\n${name} `) + 1
  if (start === 0 && !text.startsWith(`${name} `)) return
  const end = text.indexOf('\n', start)
  return toNumber(text.slice(start + name.length + 1, end === -1 ? undefined : end))
}
