import { isIP } from 'node:net'

/** Of IPv6, one customer has at least so much. */
const NETWORK_GROUPS = 4
const GROUPS = 8
const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i

/**
 * Says whose an address is, as far as can be told: of IPv4 it is the address itself, of IPv6 the first 64 bits, as who has one has all
 * of them.
 *
 * @param address What a connection, or a trusted proxy, says.
 * @returns A short text, whatever the address is.
 */
export function toNetwork(address: string | undefined): string {
  const [, mapped] = MAPPED.exec(address ?? '') ?? []
  if (mapped !== undefined) return mapped
  if (address === undefined || isIP(address) === 0) return 'unknown'
  if (isIP(address) === 4) return address
  const [head = '', tail] = address.split('::') as [string?, string?]
  const first = toGroups(head)
  const last = toGroups(tail ?? '')
  const zeros = Array<string>(Math.max(0, GROUPS - first.length - last.length)).fill('0')
  return `${[...first, ...zeros, ...last].slice(0, NETWORK_GROUPS).join(':')}::`
}

/** With an address of IPv4 at its end, or a zone, it is less than exact: neither comes from afar. */
function toGroups(text: string): readonly string[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16).toString(16))
}
