import { describe, expect, test } from 'vitest'
import { createResponseParser, type ParsedResponse } from './response-parser.ts'

const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello'
const CHUNKED =
  'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nx-after: 1\r\n\r\n'

describe('createResponseParser()', () => {
  test('reads a response with a length', () => {
    expect(parse(OK)).toMatchObject([{ status: 200, bytes: 5, start: 'hello', isLast: false }])
  })

  test('reads a response in chunks, with extensions and trailers', () => {
    expect(parse(CHUNKED)).toMatchObject([{ status: 200, bytes: 11, start: 'hello world' }])
  })

  test('reads the same wherever the bytes are cut', () => {
    const text = OK + CHUNKED + OK
    for (let cut = 1; cut < text.length; cut++)
      expect(parse(text.slice(0, cut), text.slice(cut)).map(({ start }) => start)).toEqual([
        'hello',
        'hello world',
        'hello',
      ])
  })

  test('reads one byte at a time', () => {
    expect(parse(...(OK + CHUNKED))).toHaveLength(2)
  })

  test('passes over what is only for the way, such as 100 Continue', () => {
    expect(parse(`HTTP/1.1 100 Continue\r\n\r\n${OK}`)).toMatchObject([{ status: 200 }])
  })

  test('knows that 204 and 304 have no body', () => {
    expect(parse(`HTTP/1.1 204 No Content\r\n\r\n${OK}`).map(({ status }) => status)).toEqual([204, 200])
    expect(parse(`HTTP/1.1 304 Not Modified\r\ncontent-length: 9\r\n\r\n${OK}`)).toHaveLength(2)
  })

  test.each([
    ['connection: close', 'HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n', true],
    [
      'Connection: keep-alive, Close',
      'HTTP/1.1 200 OK\r\nConnection: keep-alive, Close\r\ncontent-length: 0\r\n\r\n',
      true,
    ],
    ['HTTP/1.0', 'HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n', true],
    ['HTTP/1.0 with keep-alive', 'HTTP/1.0 200 OK\r\nconnection: keep-alive\r\ncontent-length: 0\r\n\r\n', false],
    ['keep-alive', 'HTTP/1.1 200 OK\r\nconnection: keep-alive\r\ncontent-length: 0\r\n\r\n', false],
  ])('tells whether a response is the last one: %s', (_name, text, isLast) => {
    expect(parse(text)).toMatchObject([{ isLast }])
  })

  test('a response without a length ends with its connection, and not before', () => {
    const parser = createResponseParser()
    expect(parser.push(Buffer.from('HTTP/1.1 200 OK\r\n\r\nhel'))).toEqual([])
    expect(parser.push(Buffer.from('lo'))).toEqual([])
    expect(parser.finish()).toMatchObject({ bytes: 5, start: 'hello', isLast: true })
  })

  test.each([
    ['nothing', '', 'before any byte of the answer'],
    ['half a head', 'HTTP/1.1 200 OK\r\ncontent-le', 'within the head of the answer'],
    ['half a body', OK.slice(0, -2), 'after 3 of 5 bytes of the answer'],
    ['chunks without an end', CHUNKED.slice(0, -19), 'after 11 bytes of an answer in chunks'],
    ['a whole one, and nothing of the next', OK, 'before any byte of the answer'],
  ])('says how far it got: %s', (_name, text, progress) => {
    const parser = createResponseParser()
    parser.push(Buffer.from(text))
    expect(parser.finish()).toBeUndefined()
    expect(parser.progress).toBe(progress)
  })

  test('keeps only the beginning of a long body, and counts all of it', () => {
    const [response] = parse(
      `HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n`,
      'x'.repeat(60_000),
      'x'.repeat(40_000),
    )
    expect(response?.bytes).toBe(100_000)
    expect(response?.start).toBe('x'.repeat(256))
  })

  test.each([
    ['a status line', 'SSH-2.0-OpenSSH\r\n\r\n', 'Expected a status line, got "SSH-2.0-OpenSSH"'],
    ['a header', 'HTTP/1.1 200 OK\r\nnonsense\r\n\r\n', 'Expected a header, got "nonsense"'],
    ['a length', 'HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n', 'Expected a content-length, got "-1"'],
    ['a chunk', CHUNKED.replace('5\r\n', 'z\r\n'), 'Expected the size of a chunk, got "z"'],
    ['the end of a chunk', CHUNKED.replace('hello', 'hello!'), 'Expected the end of a chunk, got "!"'],
    ['an end of the head', `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(70_000)}`, 'Got a head of more than 65536 bytes'],
  ])('throws where it expects %s', (_name, text, message) => {
    expect(() => parse(text)).toThrow(message)
  })
})

function parse(...chunks: readonly string[]): readonly ParsedResponse[] {
  const parser = createResponseParser()
  return chunks.flatMap((chunk) => parser.push(Buffer.from(chunk)))
}
