/**
 * Variables of features that are still to come, so that a deployment may set them already. Nothing reads them yet, but
 * one that is wrong is told at start like any other.
 */
const COMING: readonly { readonly name: string; readonly expected: string; isRight(text: string): boolean }[] = [
  {
    name: 'MAX_CONNECTIONS',
    expected: 'an integer from 1 to 100000',
    isRight: (text) => /^[1-9]\d{0,5}$/.test(text) && Number(text) <= 100_000,
  },
  { name: 'CORS_ORIGIN', expected: 'an origin like https://tasks.example, without a path', isRight: isOrigin },
  { name: 'SESSION_SECRET', expected: 'at least 32 characters', isRight: (text) => text.length >= 32 },
]

/**
 * Says which of them are wrong. Never what they are: most are secrets, or hold one.
 *
 * @param variables Such as `process.env`.
 * @returns One line each.
 */
export function checkComingVariables(variables: Readonly<Record<string, string | undefined>>): string[] {
  return COMING.filter(({ name, isRight }) => {
    const text = variables[name]
    return text !== undefined && !isRight(text)
  }).map(({ name, expected }) => `Expected ${name} to be ${expected}`)
}

function isOrigin(text: string): boolean {
  const url = URL.parse(text)
  return url !== null && /^https?:$/.test(url.protocol) && url.origin === text
}
