import { toText } from './format.ts'

/** Most bytes that a number takes, such as `-0.0000010335218688546781`: smaller ones have an exponent. */
export const LONGEST_NUMBER = 25

const ZERO = 48
const MINUS = 45
const POINT = 46
/** Whole numbers below it need no more than additions of 32 bits. */
const SMALL = 2 ** 31
/** Three decimals, of which all are in the number: no other text of so few digits means the same. */
const DECIMALS = 1_000

/**
 * Writes a number as {@link toText} does, without the text where it is a whole one, or has up to three decimals:
 * a third of the time.
 *
 * @param bytes Where to. There must be room for {@link LONGEST_NUMBER}.
 * @param at From where on.
 * @param value Any number, also none.
 * @returns Where it ends.
 */
export function writeNumber(bytes: Uint8Array, at: number, value: number): number {
  const magnitude = Math.abs(value)
  if (!(magnitude < SMALL)) return writeText(bytes, at, toText(value))
  const whole = magnitude | 0
  const parts = Math.round((magnitude - whole) * DECIMALS)
  // Quotients are rounded to the nearest number, just as texts are read.
  if ((whole * DECIMALS + parts) / DECIMALS !== magnitude) return writeText(bytes, at, toText(value))
  let end = value < 0 ? writeByte(bytes, at, MINUS) : at
  if (parts === DECIMALS) return writeWhole(bytes, end, whole + 1)
  end = writeWhole(bytes, end, whole)
  return parts === 0 ? end : writeDecimals(bytes, end, parts)
}

function writeByte(bytes: Uint8Array, at: number, byte: number): number {
  bytes[at] = byte
  return at + 1
}

function writeWhole(bytes: Uint8Array, at: number, whole: number): number {
  let end = at + 1
  for (let ten = 10; whole >= ten && end < at + 10; ten *= 10) end++
  let rest = whole
  for (let place = end - 1; place >= at; place--) {
    const next = (rest / 10) | 0
    bytes[place] = ZERO + rest - next * 10
    rest = next
  }
  return end
}

/** Without the zeros at their end. */
function writeDecimals(bytes: Uint8Array, at: number, parts: number): number {
  bytes[at] = POINT
  const tenths = (parts / 100) | 0
  const hundredths = ((parts / 10) | 0) - tenths * 10
  const thousandths = parts % 10
  bytes[at + 1] = ZERO + tenths
  bytes[at + 2] = ZERO + hundredths
  bytes[at + 3] = ZERO + thousandths
  return at + (thousandths > 0 ? 4 : hundredths > 0 ? 3 : 2)
}

function writeText(bytes: Uint8Array, at: number, text: string): number {
  for (let index = 0; index < text.length; index++) bytes[at + index] = text.charCodeAt(index)
  return at + text.length
}
