import type { LeaseRequest, TierRead, TierRecord } from '../shared/tier.ts'
import { type LatestTags, openEnvelope } from './envelope.ts'

const ENVELOPE = 'B'.charCodeAt(0)
const LEASE = 'L'.charCodeAt(0)
const FAILURE = 'F'.charCodeAt(0)
const COLON = ':'.charCodeAt(0)

const ABSENT: TierRead = { kind: 'absent' }
const LEASED: TierRead = { kind: 'leased' }
const BUSY: TierRead = { kind: 'busy' }
const UNUSABLE: TierRead = { kind: 'unusable' }

/**
 * Says what was found under a key.
 *
 * @param found The answer. It is not copied: a record's body is a part of it.
 * @param incarnation Id of the shared state's incarnation, if one is known.
 * @param lease The lease that was asked for by the same command.
 * @param latest What the record before had in common with this one, perhaps.
 */
export function toRead(
  found: Uint8Array | null,
  incarnation: string | undefined,
  lease?: LeaseRequest,
  latest?: LatestTags,
): TierRead {
  if (found === null) return lease === undefined ? ABSENT : LEASED
  const data = found as Buffer
  if (data[0] === ENVELOPE && incarnation !== undefined) {
    const record = openEnvelope(data, incarnation, latest)
    return record === undefined ? UNUSABLE : { kind: 'found', record }
  }
  if (data[1] !== COLON) return UNUSABLE
  if (data[0] === FAILURE) return { kind: 'failed', body: data.subarray(2) }
  if (data[0] !== LEASE) return UNUSABLE
  // The same command was sent twice, as its first answer was lost.
  const isOwn =
    lease !== undefined && data.length === lease.token.length + 2 && data.toString('latin1', 2) === lease.token
  return isOwn ? LEASED : BUSY
}

/**
 * Milliseconds for which Redis is to keep a record: as long as anybody may use it.
 *
 * @param record The record.
 */
export function toKeepMs({ ttlMs, staleWhileRevalidateMs, graceMs }: TierRecord): number {
  return toWholeMs(ttlMs + Math.max(staleWhileRevalidateMs, graceMs))
}

/**
 * A duration as Redis takes it.
 *
 * @param ms Milliseconds.
 */
export function toWholeMs(ms: number): number {
  return Math.min(Math.max(1, Math.ceil(ms)), Number.MAX_SAFE_INTEGER)
}
