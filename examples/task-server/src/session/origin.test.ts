import { expect, test } from 'vitest'
import { createOriginCheck, type VisitorRequest } from './origin.ts'

const OURS = 'https://tasks.example'
const SESSION = 'theme=dark; session=x.y'

function isAllowed(
  headers: VisitorRequest['headers'],
  { isStrict = true, host = 'tasks.example', protocol = 'https' } = {},
) {
  try {
    createOriginCheck({ origins: [OURS, 'https://board.example'], isStrict })({ headers, host, protocol })
    return true
  } catch (error) {
    expect(error).toMatchObject({ code: 'ERR_CROSS_SITE' })
    return false
  }
}

test.each([
  ['nothing at all', {}, true],
  ['a cookie of something else', { cookie: 'theme=dark; mysession=1' }, true],
  ['its own origin', { origin: OURS }, true],
  ['its own origin and a session', { origin: OURS, cookie: SESSION }, true],
  ['its own origin, of the same site', { origin: OURS, 'sec-fetch-site': 'same-site', cookie: SESSION }, true],
  ['a page that may', { origin: 'https://board.example', 'sec-fetch-site': 'cross-site' }, true],
  ['the same origin, as the browser says', { 'sec-fetch-site': 'same-origin', cookie: SESSION }, true],
  ['an address that was typed', { 'sec-fetch-site': 'none', cookie: SESSION }, true],
  ['another origin', { origin: 'https://evil.example' }, false],
  [
    'another origin that says it is the same',
    { origin: 'https://evil.example', 'sec-fetch-site': 'same-origin' },
    false,
  ],
  ['an origin that only begins alike', { origin: `${OURS}.evil.example` }, false],
  ['an origin in other letters', { origin: OURS.toUpperCase() }, false],
  ['the same host by plain HTTP', { origin: 'http://tasks.example' }, false],
  ['another port', { origin: `${OURS}:8443` }, false],
  ['no origin that can be told', { origin: 'null' }, false],
  ['an empty origin', { origin: '' }, false],
  ['two origins', { origin: `${OURS}, ${OURS}` }, false],
  ['another site', { 'sec-fetch-site': 'cross-site' }, false],
  ['another host of the site', { 'sec-fetch-site': 'same-site' }, false],
  ['a site that is not known', { 'sec-fetch-site': 'x' }, false],
  ['a session alone', { cookie: SESSION }, false],
  ['a session over HTTPS alone', { cookie: '__Host-session=x.y' }, false],
] as const)('createOriginCheck() of a request with %s', (_, headers, expected) => {
  expect(isAllowed(headers)).toBe(expected)
})

test('createOriginCheck() takes the origin that was asked for ours, unless it is strict', () => {
  const request = { host: 'localhost:3000', protocol: 'http' }
  const headers = { origin: 'http://localhost:3000' }
  expect(isAllowed(headers, { ...request, isStrict: false })).toBe(true)
  expect(isAllowed(headers, { ...request, isStrict: true })).toBe(false)
  expect(isAllowed({ origin: 'http://localhost:3001' }, { ...request, isStrict: false })).toBe(false)
  expect(isAllowed({ origin: 'https://localhost:3000' }, { ...request, isStrict: false })).toBe(false)
})

test('createOriginCheck() repeats little of what it was sent', () => {
  const check = createOriginCheck({ origins: [], isStrict: true })
  const origin = 'x'.repeat(10_000)
  expect(() => check({ headers: { origin }, host: '', protocol: 'http' })).toThrow(/^.{100,200}$/)
})
