/** Name of the `node:diagnostics_channel` on which the feeds of boards tell what happens to them. */
export const LIVE_CHANNEL = 'task-server:live'

/** What the feeds of boards tell. */
export type LiveEvent =
  /** Nothing can be heard from other instances: their changes are found by asking, half a second late at most. */
  | { readonly type: 'hints:failed'; readonly error: unknown }
  | { readonly type: 'hints:recovered' }
  /** Somebody who follows a board threw, and is told nothing more. */
  | { readonly type: 'follower:failed'; readonly board: string; readonly error: unknown }
