/**
 * Remembers what texts became.
 *
 * @param max How many are remembered: the first ones, as those that come often come early.
 * @param maxLength Characters of the longest that is.
 * @param make What a text becomes.
 * @param isKept Whether one is remembered.
 */
export function createRemembered(
  max: number,
  maxLength: number,
  make: (text: string) => string,
  isKept: (text: string, made: string) => boolean = () => true,
): (text: string) => string {
  const known = new Map<string, string>()
  return (text) => {
    if (text.length > maxLength) return make(text)
    const found = known.get(text)
    if (found !== undefined) return found
    const made = make(text)
    if (known.size < max && isKept(text, made)) known.set(text, made)
    return made
  }
}
