/** Where the WebSocket is. */
export const LIVE_PATH = '/api/v1/live'
