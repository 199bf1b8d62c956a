import { once } from 'node:events'
import type { Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { afterRequests, fakeServer, newLedger, nobody } from '../fixtures/fake-server.ts'
import { type Http1Request, openHttp1 } from './http1-connection.ts'
import type { Ledger } from './ledger.ts'

describe('openHttp1()', () => {
  test('counts a request that is answered', async () => {
    const { ledger, isReusable } = await exchange((socket) => afterRequests(socket, 1, () => socket.write(ok('a'))))
    expect(isReusable).toBe(true)
    expect(counts(ledger)).toEqual({ sent: 1, answered: 1 })
  })

  test('counts a request that is reset as lost', async () => {
    const { ledger, isReusable } = await exchange((socket) => afterRequests(socket, 1, () => socket.resetAndDestroy()))
    expect(isReusable).toBe(false)
    expect(counts(ledger)).toEqual({ sent: 1, lost: 1 })
    expect(ledger.report().losses[0]).toMatchObject({
      kind: 'http1',
      path: '/a',
      connection: 1,
      reason: 'reset before any byte of the answer',
    })
  })

  test('counts a request whose connection is closed instead as lost', async () => {
    const { ledger } = await exchange((socket) => afterRequests(socket, 1, () => socket.end()))
    expect(counts(ledger)).toEqual({ sent: 1, lost: 1 })
    expect(reasons(ledger)).toEqual(['closed before any byte of the answer'])
  })

  test('counts half an answer as lost, and says how much there was', async () => {
    const { ledger } = await exchange((socket) =>
      afterRequests(socket, 1, () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhel')),
    )
    expect(counts(ledger)).toEqual({ sent: 1, lost: 1 })
    expect(ledger.report().losses[0]?.reason).toBe('closed after 3 of 5 bytes of the answer')
  })

  test('counts half a head as lost', async () => {
    const { ledger } = await exchange((socket) => afterRequests(socket, 1, () => socket.end('HTTP/1.1 200 OK\r\nco')))
    expect(reasons(ledger)).toEqual(['closed within the head of the answer'])
  })

  test('counts chunks without an end as lost', async () => {
    const { ledger } = await exchange((socket) =>
      afterRequests(socket, 1, () => socket.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n')),
    )
    expect(counts(ledger)).toEqual({ sent: 1, lost: 1 })
  })

  test('counts an answer that ends with its connection', async () => {
    const { ledger, isReusable } = await exchange((socket) =>
      afterRequests(socket, 1, () => socket.end('HTTP/1.1 200 OK\r\n\r\na')),
    )
    expect(isReusable).toBe(false)
    expect(counts(ledger)).toEqual({ sent: 1, answered: 1 })
  })

  test('counts 503 apart', async () => {
    const { ledger } = await exchange((socket) =>
      afterRequests(socket, 1, () => socket.write('HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n')),
    )
    expect(counts(ledger)).toEqual({ sent: 1, failed5xx: 1 })
  })

  test("counts somebody else's answer as lost", async () => {
    const { ledger } = await exchange((socket) => afterRequests(socket, 1, () => socket.write(ok('b'))))
    expect(counts(ledger)).toEqual({ sent: 1, lost: 1 })
    expect(reasons(ledger)).toEqual(['answered with "b" instead of "a"'])
  })

  test('counts what is no HTTP as lost', async () => {
    const { ledger } = await exchange((socket) => afterRequests(socket, 1, () => socket.write('nonsense\r\n\r\n')))
    expect(counts(ledger)).toEqual({ sent: 1, lost: 1 })
    expect(reasons(ledger)[0]).toContain('answered with no HTTP: Expected a status line, got "nonsense"')
  })

  test('refuses where nobody listens, and loses nothing', async () => {
    const ledger = newLedger()
    const connection = await openHttp1(await nobody(), ledger)
    expect(connection.wasRefused).toBe(true)
    await expect(connection.exchange([request('a')])).resolves.toBe(false)
    expect(counts(ledger)).toEqual({ refused: 1 })
  })

  test('sends nothing on a connection that it saw being closed, and so loses nothing', async () => {
    const ledger = newLedger()
    const connection = await openHttp1(await fakeServer((socket) => socket.end()), ledger)
    await connection.closed
    expect(connection.isUsable).toBe(false)
    expect(connection.wasRefused).toBe(false)
    await expect(connection.exchange([request('a')])).resolves.toBe(false)
    expect(counts(ledger)).toEqual({ refused: 1 })
  })

  test('sends nothing more after an answer that said it was the last', async () => {
    const { ledger, isReusable, connection } = await exchange((socket) =>
      afterRequests(socket, 1, () => socket.write(ok('a', 'connection: close\r\n'))),
    )
    expect(isReusable).toBe(false)
    expect(connection.isUsable).toBe(false)
    expect(counts(ledger)).toEqual({ sent: 1, answered: 1 })
  })

  test('goes on where the connection is kept', async () => {
    let times = 0
    const ledger = newLedger()
    const endpoint = await fakeServer((socket) => socket.on('data', () => socket.write(ok(String(++times)))))
    const connection = await openHttp1(endpoint, ledger)
    await connection.exchange([request('1')])
    await connection.exchange([request('2')])
    expect(counts(ledger)).toEqual({ sent: 2, answered: 2 })
  })

  test('counts the third of three pipelined requests as lost when two are answered', async () => {
    const { ledger } = await exchange(
      (socket) => afterRequests(socket, 3, () => socket.end(ok('a') + ok('b'))),
      ['a', 'b', 'c'],
    )
    expect(counts(ledger)).toEqual({ sent: 3, answered: 2, lost: 1 })
    expect(ledger.report().losses[0]?.path).toBe('/c')
  })

  test('counts pipelined requests behind a last answer as lost, and says so', async () => {
    const { ledger } = await exchange(
      (socket) => afterRequests(socket, 3, () => socket.end(ok('a') + ok('b', 'connection: close\r\n'))),
      ['a', 'b', 'c'],
    )
    expect(counts(ledger)).toEqual({ sent: 3, answered: 2, lost: 1 })
    expect(reasons(ledger)[0]).toContain('closed after an earlier answer that said it was the last')
  })

  test('notices pipelined answers in the wrong order', async () => {
    const { ledger } = await exchange(
      (socket) => afterRequests(socket, 2, () => socket.write(ok('b') + ok('a'))),
      ['a', 'b'],
    )
    expect(counts(ledger)).toEqual({ sent: 2, lost: 2 })
  })

  test('counts an upload that is cut before its end as lost, though it was never sent wholly', async () => {
    const ledger = newLedger()
    const endpoint = await fakeServer((socket) => afterRequests(socket, 1, () => socket.resetAndDestroy()))
    const connection = await openHttp1(endpoint, ledger)
    await connection.exchange([
      { kind: 'upload', path: '/upload', body: { pieces: 1_000, pieceBytes: 10, everyMs: 1 } },
    ])
    expect(counts(ledger)).toEqual({ lost: 1 })
    expect(ledger.report().losses[0]?.sentMs).toBeUndefined()
  })

  test('sends an upload piece by piece, to its end', async () => {
    const ledger = newLedger()
    let bytes = 0
    const endpoint = await fakeServer((socket) =>
      socket.on('data', (chunk) => {
        const text = chunk.toString('latin1')
        bytes += text.slice(text.indexOf('\r\n\r\n') + 1 && text.indexOf('\r\n\r\n') + 4).length
        if (bytes === 50) socket.write(ok('50'))
      }),
    )
    const connection = await openHttp1(endpoint, ledger)
    await connection.exchange([
      { kind: 'upload', path: '/upload', body: { pieces: 5, pieceBytes: 10, everyMs: 1 }, expected: '50' },
    ])
    expect(counts(ledger)).toEqual({ sent: 1, answered: 1 })
  })

  test('takes no answer to what was no whole request for the answer to one', async () => {
    const ledger = newLedger()
    const endpoint = await fakeServer((socket) =>
      socket.once('data', () => socket.end('HTTP/1.1 408 Request Timeout\r\nconnection: close\r\n\r\n')),
    )
    const connection = await openHttp1(endpoint, ledger)
    connection.sendRaw('GET /ha')
    await connection.closed
    expect(counts(ledger)).toEqual({})
  })

  test('counts what was refused behind a relay as that', async () => {
    const ledger = newLedger()
    let isBehind = false
    const { port } = await fakeServer((socket) =>
      afterRequests(socket, 1, () => {
        isBehind = true
        socket.resetAndDestroy()
      }),
    )
    const connection = await openHttp1({ port, ca: undefined, wasRefused: () => isBehind }, ledger)
    await connection.exchange([request('a')])
    expect(connection.wasRefused).toBe(true)
    expect(counts(ledger)).toEqual({ refused: 1 })
  })

  test('refuses a TLS connection that ends before it is one', async () => {
    const ledger = newLedger()
    const { port } = await fakeServer((socket) => socket.once('data', () => socket.resetAndDestroy()))
    const connection = await openHttp1({ port, ca: 'none', wasRefused: () => false }, ledger)
    await connection.exchange([request('a')])
    expect(counts(ledger)).toEqual({ refused: 1 })
  })

  test('closed resolves when the other end is gone', async () => {
    const endpoint = await fakeServer((socket) => {
      void once(socket, 'end').then(() => socket.end())
    })
    const connection = await openHttp1(endpoint, newLedger())
    connection.end()
    await expect(connection.closed).resolves.toBeUndefined()
  })
})

async function exchange(
  script: (socket: Socket) => void,
  ids: readonly string[] = ['a'],
): Promise<{ ledger: Ledger; isReusable: boolean; connection: Awaited<ReturnType<typeof openHttp1>> }> {
  const ledger = newLedger()
  const connection = await openHttp1(await fakeServer(script), ledger)
  const isReusable = await connection.exchange(ids.map(request))
  return { ledger, isReusable, connection }
}

function request(id: string): Http1Request {
  return { kind: 'http1', path: `/${id}`, expected: id }
}

function ok(body: string, headers = ''): string {
  return `HTTP/1.1 200 OK\r\n${headers}content-length: ${body.length}\r\n\r\n${body}`
}

/** What is not zero. All that was wanted is in one of the others. */
function counts(ledger: Ledger): Record<string, number> {
  const { wanted, ...rest } = ledger.report().counts
  const { answered, failed5xx, lost, turnedAway, refused, open } = rest
  expect(answered + failed5xx + lost + turnedAway + refused + open).toBe(wanted)
  return Object.fromEntries(Object.entries(rest).filter(([, count]) => count > 0))
}

function reasons(ledger: Ledger): readonly string[] {
  return Object.keys(ledger.report().reasons)
}
