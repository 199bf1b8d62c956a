import { createHmac, timingSafeEqual } from 'node:crypto'

/** What was signed, and whether with the secret that signs now. */
export interface Signed {
  readonly text: string
  readonly isCurrent: boolean
}

/**
 * Signs a text by HMAC-SHA256.
 *
 * @param text The text, without a dot.
 * @param secret What signs.
 * @returns The text, a dot, and its signature in base64url.
 */
export function sign(text: string, secret: string): string {
  return `${text}.${signatureOf(text, secret).toString('base64url')}`
}

/**
 * Reads a text that {@link sign} signed.
 *
 * @param signed Whatever came instead.
 * @param secrets Any of which may have signed it. The first one signs now.
 * @returns The text, or `undefined` if none of them did.
 */
export function unsign(signed: string, secrets: readonly string[]): Signed | undefined {
  const [text = '', signature = '', ...more] = signed.split('.', 3)
  // Only as it was written: of some letters, base64url would not mind others.
  const given = Buffer.from(signature)
  if (more.length > 0) return undefined
  for (const [index, secret] of secrets.entries()) {
    const expected = Buffer.from(signatureOf(text, secret).toString('base64url'))
    if (given.length === expected.length && timingSafeEqual(given, expected)) return { text, isCurrent: index === 0 }
  }
  return undefined
}

function signatureOf(text: string, secret: string): Buffer {
  return createHmac('sha256', secret).update(text).digest()
}
