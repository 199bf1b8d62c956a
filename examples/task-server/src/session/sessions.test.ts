import { createHmac } from 'node:crypto'
import { createManualClock } from '@breakwater/core/testing'
import { expect, test } from 'vitest'
import type { VisitorRequest } from './origin.ts'
import { createSessions } from './sessions.ts'
import { sign } from './signature.ts'

const SECRET = 'first-secret-of-at-least-32-characters'
const OLDER = 'older-secret-of-at-least-32-characters'
const DAY_MS = 86_400_000
const ADA = { visitorId: 'ada', name: 'Ada, 🎉' }

const clock = createManualClock()

function create(...secrets: readonly string[]) {
  return createSessions({ secrets, origins: [], isStrict: true, clock })
}

function asking(cookie?: string, protocol = 'https'): VisitorRequest {
  return { headers: cookie === undefined ? {} : { cookie }, protocol, host: 'tasks.example' }
}

/** What a browser sends back. */
function toCookie(setCookie: string): string {
  return setCookie.split(';', 1)[0] as string
}

function contentOf(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

test('createSessions() reads what it wrote', () => {
  const sessions = create(SECRET)
  const cookie = sessions.toCookie(asking(), ADA)
  expect(cookie).toMatch(/^__Host-session=[\w-]+\.[\w-]{43}; Max-Age=2592000; Path=\/; HttpOnly; Secure; SameSite=Lax$/)
  expect(sessions.read(asking(`theme=dark; ${toCookie(cookie)}; x=y`))).toEqual({ ...ADA, isDue: false })
})

test('createSessions() over plain HTTP has a cookie of its own', () => {
  const sessions = create(SECRET)
  const cookie = sessions.toCookie(asking(undefined, 'http'), ADA)
  expect(cookie).toMatch(/^session=[^;]+; Max-Age=2592000; Path=\/; HttpOnly; SameSite=Lax$/)
  expect(sessions.read(asking(toCookie(cookie), 'http'))).toMatchObject(ADA)
  // Anybody in between could have written it.
  expect(sessions.read(asking(toCookie(cookie), 'https'))).toBeUndefined()
})

test('createSessions() makes every visitor another one', () => {
  const sessions = create(SECRET)
  const ids = new Set(Array.from({ length: 1_000 }, () => sessions.start().visitorId))
  expect(ids.size).toBe(1_000)
  for (const id of ids) expect(id).toMatch(/^[\w-]{22}$/)
  expect(sessions.start().name).toMatch(/^Visitor [\da-f]{4}$/)
})

test('read() knows an older secret, and asks for the cookie to be written anew', () => {
  const cookie = toCookie(create(OLDER).toCookie(asking(), ADA))
  expect(create(SECRET).read(asking(cookie))).toBeUndefined()
  expect(create(SECRET, OLDER).read(asking(cookie))).toEqual({ ...ADA, isDue: true })
  expect(create(OLDER, SECRET).read(asking(cookie))).toEqual({ ...ADA, isDue: false })
})

test('read() asks for it after a day as well, and forgets it after 30', () => {
  const sessions = create(SECRET)
  const cookie = toCookie(sessions.toCookie(asking(), ADA))
  clock.advance(DAY_MS)
  expect(sessions.read(asking(cookie))?.isDue).toBe(false)
  clock.advance(1_000)
  expect(sessions.read(asking(cookie))?.isDue).toBe(true)
  clock.advance(29 * DAY_MS - 1_000)
  expect(sessions.read(asking(cookie))?.isDue).toBe(true)
  clock.advance(1_000)
  expect(sessions.read(asking(cookie))).toBeUndefined()
})

test('read() takes nothing that was forged', () => {
  const sessions = create(SECRET)
  const good = toCookie(sessions.toCookie(asking(), ADA))
  expect(sessions.read(asking(good))).toBeDefined()
  const [name = '', value = ''] = good.split('=')
  const [text = '', signature = ''] = value.split('.')
  const eve = contentOf({ visitorId: 'eve', name: 'Eve', at: Math.floor(clock.epoch() / 1_000) })
  const other = createHmac('sha256', 'another-secret-of-at-least-32-characters').update(eve).digest('base64url')
  for (const forged of [
    '',
    '.',
    text,
    `${text}.`,
    `.${signature}`,
    `${eve}.${signature}`,
    `${eve}.${other}`,
    `${eve}.${createHmac('sha256', '').update(eve).digest('base64url')}`,
    `${text}.${signature}.${signature}`,
    `${text}.${signature.slice(0, -1)}`,
    `${text}.${signature}A`,
    `${text}.${signature.toLowerCase()}`,
    `${text}=.${signature}`,
    `${text}.${'A'.repeat(43)}`,
    `${text}.${'é'.repeat(43)}`,
    '%',
    '%E0%A4%A',
    'x'.repeat(16_000),
  ]) {
    expect(sessions.read(asking(`${name}=${forged}`)), forged.slice(0, 100)).toBeUndefined()
  }
})

test('read() takes each bit of a signature for what it is', () => {
  const sessions = create(SECRET)
  const good = toCookie(sessions.toCookie(asking(), ADA))
  for (let index = good.indexOf('=') + 1; index < good.length; index++) {
    const changed = good[index] === 'A' ? 'B' : 'A'
    expect(sessions.read(asking(good.slice(0, index) + changed + good.slice(index + 1)))).toBeUndefined()
  }
})

test.each([[null], [[]], [{}], ['x'], [{ visitorId: 1, name: 'Ada', at: 0 }], [{ visitorId: 'ada', name: 'Ada' }]])(
  'read() takes no session for %j, though it was signed here',
  (content) => {
    const cookie = `__Host-session=${sign(contentOf(content), SECRET)}`
    expect(create(SECRET).read(asking(cookie))).toBeUndefined()
  },
)

test('createSessions() without a secret makes one up', () => {
  const [sessions, others] = [create(), create()]
  const cookie = toCookie(sessions.toCookie(asking(), ADA))
  expect(sessions.read(asking(cookie))).toMatchObject(ADA)
  expect(others.read(asking(cookie))).toBeUndefined()
  const forged = `__Host-session=${sign(contentOf({ ...ADA, at: Math.floor(clock.epoch() / 1_000) }), 'undefined')}`
  expect(sessions.read(asking(forged))).toBeUndefined()
})

test('admit() checks where it comes from before it reads', () => {
  const sessions = createSessions({ secrets: [SECRET], origins: ['https://tasks.example'], isStrict: true, clock })
  const cookie = toCookie(sessions.toCookie(asking(), ADA))
  function admit(headers: VisitorRequest['headers']) {
    return sessions.admit({ headers, protocol: 'https', host: 'tasks.example' })
  }
  expect(admit({})).toBeUndefined()
  expect(admit({ cookie, origin: 'https://tasks.example' })).toMatchObject(ADA)
  expect(() => admit({ cookie, origin: 'https://evil.example' })).toThrow(
    expect.objectContaining({ code: 'ERR_CROSS_SITE' }),
  )
})
