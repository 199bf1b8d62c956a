import { parse } from 'node:path'

/** A rotated file, by its name. */
export interface RotatedName {
  /** The name before it was compressed. */
  readonly base: string
  /** When it was rotated, in Unix milliseconds. */
  readonly stampMs: number
  /** Which one it is of that millisecond. */
  readonly number: number
  /** What else the name says. */
  readonly suffix: '' | '.gz' | '.gz.tmp'
}

/**
 * The name of a file that is rotated.
 *
 * @param path The file.
 * @param stampMs When, in Unix milliseconds.
 * @param number Which one of that millisecond, from 0.
 */
export function toRotatedPath(path: string, stampMs: number, number: number): string {
  const { name, ext } = parse(path)
  const folder = path.slice(0, path.length - name.length - ext.length)
  const stamp = new Date(stampMs).toISOString().replaceAll(':', '-')
  return `${folder}${name}-${stamp}${number === 0 ? '' : `-${number}`}${ext}`
}

/**
 * Makes what knows a rotated file of this path by its name, and no other.
 *
 * @param path The file.
 * @returns What the name says; nothing if it is not one.
 */
export function createNameParser(path: string): (fileName: string) => RotatedName | undefined {
  const { name, ext } = parse(path)
  const pattern = new RegExp(
    `^(${escaped(name)}-(\\d{4}-\\d\\d-\\d\\d)T(\\d\\d)-(\\d\\d)-(\\d\\d\\.\\d{3})Z(?:-([1-9]\\d{0,5}))?${escaped(ext)})(\\.gz(?:\\.tmp)?)?$`,
  )
  return (fileName) => {
    const [, base, day, hour, minute, second, number = '0', suffix = ''] = pattern.exec(fileName) ?? []
    const stampMs = Date.parse(`${day}T${hour}:${minute}:${second}Z`)
    if (base === undefined || Number.isNaN(stampMs)) return undefined
    return { base, stampMs, number: Number(number), suffix: suffix as RotatedName['suffix'] }
  }
}

function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
}
