/**
 * Whether the last digit is the check digit of the others.
 *
 * @param digits Only digits.
 * @see ISO/IEC 7812-1, annex B.
 */
export function passesLuhn(digits: string): boolean {
  let sum = 0
  let doubled = false
  for (let index = digits.length - 1; index >= 0; index--) {
    const digit = digits.charCodeAt(index) - 0x30
    sum += doubled ? (digit > 4 ? digit * 2 - 9 : digit * 2) : digit
    doubled = !doubled
  }
  return digits.length > 0 && sum % 10 === 0
}
