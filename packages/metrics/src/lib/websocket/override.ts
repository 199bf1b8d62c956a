type Method = (this: unknown, ...args: unknown[]) => unknown

/**
 * Replaces a method of one object. What others put around it meanwhile goes on working when it is put back.
 *
 * @param target The object.
 * @param name The method.
 * @param replace Called instead, with the arguments and what calls the method as it was.
 * @returns A function that puts it back.
 */
export function override(
  target: object,
  name: string,
  replace: (args: unknown[], call: (args: unknown[]) => unknown) => unknown,
): () => void {
  const methods = target as Record<string, Method>
  const isOwn = Object.hasOwn(methods, name)
  const original = methods[name] as Method
  const call = (args: unknown[]): unknown => Reflect.apply(original, target, args)
  let isReplaced = true
  const replacement = (...args: unknown[]): unknown => (isReplaced ? replace(args, call) : call(args))
  methods[name] = replacement
  return () => {
    isReplaced = false
    // Whoever wrapped it after us still calls us, and finds us inert.
    if (methods[name] !== replacement) return
    if (isOwn) methods[name] = original
    else delete methods[name]
  }
}
