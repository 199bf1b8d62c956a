import { connect, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** A connection that sends what it is told to, and keeps what it gets. */
export interface RawClient {
  readonly socket: Socket
  /** Everything that came. */
  readonly text: string
  /** Whether the other side has said that nothing more will come, or has cut it. */
  readonly isOver: boolean
  send(text: string): void
  /** Resolves when this has come. */
  got(text: string): Promise<void>
  /** Resolves when the other side has ended or cut it. */
  over(): Promise<void>
}

/** Connects to a port of this machine. */
export async function openRaw(port: number): Promise<RawClient> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  onTestFinished(() => void socket.destroy())
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('error', reject)
  })
  return toRaw(socket)
}

/** Reads an open connection. */
export function toRaw(socket: Socket): RawClient {
  let text = ''
  let isOver = false
  let wake = (): void => {}
  const changed = (): void => wake()
  const end = (): void => {
    isOver = true
    changed()
  }
  socket.on('data', (data) => {
    text += data.toString('latin1')
    changed()
  })
  for (const event of ['end', 'close', 'error']) socket.on(event, end)

  async function until(isSo: () => boolean): Promise<void> {
    while (!isSo())
      await new Promise<void>((resolve) => {
        wake = resolve
      })
  }
  return {
    socket,
    get text() {
      return text
    },
    get isOver() {
      return isOver
    },
    send: (request) => void socket.write(request, 'latin1'),
    async got(wanted) {
      await until(() => text.includes(wanted) || isOver)
      if (!text.includes(wanted)) throw new Error(`The connection ended before "${wanted}" came, after "${text}"`)
    },
    over: () => until(() => isOver),
  }
}

/** A request for a path. */
export function get(path: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`
}
