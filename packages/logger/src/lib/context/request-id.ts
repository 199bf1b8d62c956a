import { randomBytes } from 'node:crypto'

/** What an id that came from outside may be: it is written as it is, and people search for it. */
const ACCEPTED = /^[\w.:+/=-]{1,128}$/

/** Whether an id that came from outside can be used. */
export function isRequestId(id: string | undefined): id is string {
  return id !== undefined && ACCEPTED.test(id)
}

/**
 * Makes ids that differ from each other and from those of other processes. They can be guessed: they are no secrets.
 *
 * @returns Makes one, such as `k3jx9q0v2mzd-1f`.
 */
export function createRequestIds(): () => string {
  const process = BigInt(`0x${randomBytes(8).toString('hex')}`).toString(36)
  let count = 0
  return () => `${process}-${(++count).toString(36)}`
}
