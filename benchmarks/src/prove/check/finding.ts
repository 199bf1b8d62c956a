/** What a client must not have seen, or the database must not hold. */
export type FindingKind =
  /** What was acknowledged is not there. */
  | 'lost write'
  /** What was refused was done all the same, or nobody asked for it. */
  | 'phantom write'
  /** A read did not have what the same instance had acknowledged. */
  | 'stale read'
  /** A read did not have what another instance had acknowledged, after longer than is promised. */
  | 'late read'
  /** A read of one instance was older than one before it, of the same instance. */
  | 'read stepped back'
  /** A read gave what was never written. */
  | 'wrong read'
  /** A socket missed a version. */
  | 'live gap'
  /** A socket was told a version again, or an older one. */
  | 'live step back'
  /** Two sockets were told different things of one version, or one ended with something else than the database has. */
  | 'live difference'
  /** A socket was told that it had done something wrong. */
  | 'live error'

/** Something that is wrong. */
export interface Finding {
  readonly kind: FindingKind
  /** Who, what and when. */
  readonly text: string
}
