import { OperationalError, RefusalError } from '@breakwater/core'

/** Thrown when there are as many connections as there may be. */
export class ConnectionLimitError extends RefusalError {
  override readonly name: 'ConnectionLimitError' = 'ConnectionLimitError'
  override readonly code: 'ERR_CONNECTION_LIMIT' = 'ERR_CONNECTION_LIMIT'
  /** Milliseconds after which it is worth another try. */
  readonly retryAfterMs: number = 5_000

  override get message(): string {
    return 'Cannot open a connection as there are as many as there may be: come again later'
  }
}

/** Thrown when the server stops. */
export class StoppingError extends RefusalError {
  override readonly name: 'StoppingError' = 'StoppingError'
  override readonly code: 'ERR_STOPPING' = 'ERR_STOPPING'
  /** Milliseconds after which it is worth another try. */
  readonly retryAfterMs: number = 1_000

  override get message(): string {
    return 'Cannot open a connection as the server is stopping: come again'
  }
}

/** Thrown when something asks for the WebSocket that does not speak it. */
export class UpgradeRequiredError extends Error {
  override readonly name: 'UpgradeRequiredError' = 'UpgradeRequiredError'
  readonly code: 'ERR_UPGRADE_REQUIRED' = 'ERR_UPGRADE_REQUIRED'
}

/** Thrown when a connection has as many requests under way as it may. Nothing was done. */
export class ConnectionBusyError extends RefusalError {
  override readonly name: 'ConnectionBusyError' = 'ConnectionBusyError'
  override readonly code: 'ERR_CONNECTION_BUSY' = 'ERR_CONNECTION_BUSY'

  override get message(): string {
    return 'Cannot take more requests of this connection at once: wait for an answer before'
  }
}

/** Thrown when a connection is to follow a board that it follows. */
export class AlreadySubscribedError extends OperationalError {
  override readonly name: 'AlreadySubscribedError' = 'AlreadySubscribedError'
  override readonly code: 'ERR_ALREADY_SUBSCRIBED' = 'ERR_ALREADY_SUBSCRIBED'

  /** @param board The board. */
  constructor(board: string) {
    super(`Cannot subscribe to board "${board}" twice: unsubscribe before`)
  }
}

/** Thrown when a connection is to follow more boards than it may. */
export class SubscriptionLimitError extends OperationalError {
  override readonly name: 'SubscriptionLimitError' = 'SubscriptionLimitError'
  override readonly code: 'ERR_SUBSCRIPTION_LIMIT' = 'ERR_SUBSCRIPTION_LIMIT'

  /** @param maxBoards How many it may. */
  constructor(maxBoards: number) {
    super(`Cannot subscribe to more than ${maxBoards} boards by one connection: open another one`)
  }
}
