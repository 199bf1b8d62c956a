import { Edits, type TextDetector } from './edits.ts'
import { ENCODED } from './trigger.ts'

/** `{"` and one more character, as base64url. */
const BEGINNING = 'eyJ'
const SHORTEST_HEADER = 12
const MOST_PARTS = 5

/** Signed and encrypted JSON web tokens, and all that begins like one. */
export const jsonWebTokens: TextDetector = { name: 'jwt', trigger: ENCODED, find }

/** What is no token is skipped as a whole, else each of its own beginnings would be looked at again. */
function find(text: string): Edits {
  const edits = new Edits(text)
  let index = text.indexOf(BEGINNING)
  while (index !== -1) {
    let end = endOfPart(text, index)
    if (end - index >= SHORTEST_HEADER && text[end] === '.') {
      const header = end
      for (let parts = 1; parts < MOST_PARTS && text[end] === '.'; parts++) end = endOfPart(text, end + 1)
      if (end > header + 1) edits.replace(index, end, '[redacted jwt]')
    }
    index = text.indexOf(BEGINNING, end)
  }
  return edits
}

function endOfPart(text: string, start: number): number {
  let index = start
  while (index < text.length && isBase64Url(text.charCodeAt(index))) index++
  return index
}

function isBase64Url(char: number): boolean {
  const lower = char | 0x20
  return (lower >= 0x61 && lower <= 0x7a) || (char >= 0x30 && char <= 0x39) || char === 0x2d || char === 0x5f
}
