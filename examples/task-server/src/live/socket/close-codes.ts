/** Why this side closes a connection: the code and the reason that the client is told, and the word that it is counted by. */
export interface Closing {
  readonly code: number
  readonly reason: string
  readonly why: string
}

/** All of them. What breaks the protocol of WebSocket itself is closed by `ws`, with 1002, 1007, 1008 or 1009. */
export const CLOSINGS = {
  stopping: { code: 1001, reason: 'The server is stopping', why: 'stopping' },
  binary: { code: 1003, reason: 'Expected text, got bytes', why: 'rubbish' },
  overloaded: { code: 1013, reason: 'Too much waits to be sent: come again later', why: 'overloaded' },
  idle: { code: 4000, reason: 'Nothing was asked for a day', why: 'idle' },
  tooSlow: { code: 4008, reason: 'Too slow: too much waits to be taken', why: 'too-slow' },
  notJson: { code: 4400, reason: 'Expected JSON', why: 'rubbish' },
  mistakes: { code: 4400, reason: 'Too many messages in a row were wrong', why: 'rubbish' },
} as const satisfies Record<string, Closing>
