/** A server of WebSockets, such as `ws`'s `WebSocketServer`, as much of it as is used. */
export interface WebSocketServerPort {
  /** Connections that it has; not there if it does not keep them. */
  readonly clients?: Iterable<WebSocketPort> | undefined
  /**
   * Makes a connection of an upgraded socket, and hands it to the callback, the fourth argument. Watched, as some
   * frameworks call it and do not tell of the connection.
   */
  handleUpgrade?(...args: never[]): void
  /** Tells its listeners of `connection`. */
  emit(...args: never[]): boolean
}

/** A WebSocket, as much of it as is used. */
export interface WebSocketPort {
  /** 1 while it is open. */
  readonly readyState: number
  /** Sends a message, or a part of one. */
  send(...args: never[]): void
  /** Tells its listeners of `message` and `close`. */
  emit(...args: never[]): boolean
}
