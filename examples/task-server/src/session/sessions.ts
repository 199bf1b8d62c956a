import { randomBytes } from 'node:crypto'
import { type Clock, systemClock } from '@breakwater/core'
import { parseCookie, stringifySetCookie } from 'cookie'
import { createOriginCheck, type OriginOptions, type VisitorRequest } from './origin.ts'
import { sign, unsign } from './signature.ts'

/** What a visitor is known by. It is all in a cookie, which is signed: nothing of it is kept here. */
export interface Session {
  /** Made up. It says which requests are of one visitor, and nothing else. */
  readonly visitorId: string
  /** What others see. */
  readonly name: string
}

/** A session that a request brought. */
export interface BroughtSession extends Session {
  /** Whether its cookie is to be written anew: it is a day old, or was signed with an older secret. */
  readonly isDue: boolean
}

/** Options of {@link createSessions}. */
export interface SessionOptions extends OriginOptions {
  /** Any of which may have signed a session. The first one signs. Of none, one is made up, which ends with this process. */
  readonly secrets: readonly string[]
  /** @defaultValue `systemClock` */
  readonly clock?: Clock | undefined
}

/** The sessions of visitors. */
export interface Sessions {
  /**
   * Reads the session of a request.
   *
   * @returns It, or `undefined` of a request that brings none, or one that is forged, too old or no session at all.
   */
  read(request: VisitorRequest): BroughtSession | undefined
  /**
   * Checks where a request that may change something comes from: one of an unsafe method, or one that is to become a WebSocket.
   *
   * @throws {CrossSiteError} If a page of another site sends it.
   */
  check(request: VisitorRequest): void
  /** Does both. For an upgrade to a WebSocket this is all there is to ask. */
  admit(request: VisitorRequest): BroughtSession | undefined
  /** Begins a session, with a name that is made up. */
  start(): Session
  /** Gives the `Set-Cookie` that makes a session the visitor's, for 30 days from now. */
  toCookie(request: VisitorRequest, session: Session): string
  /** Gives the `Set-Cookie` that takes it away. */
  toNoCookie(request: VisitorRequest): string
}

/** What is in a cookie. */
interface Content extends Session {
  /** When it was written, in Unix seconds. */
  readonly at: number
}

const LASTS_SECONDS = 30 * 86_400
const DUE_AFTER_SECONDS = 86_400
const ATTRIBUTES = { httpOnly: true, sameSite: 'lax', path: '/' } as const

/**
 * Creates the sessions of visitors: signed cookies, which every instance with the same secret can read. A cookie that was written
 * stays good until its time is over, whoever has it.
 *
 * @param options What signs them, and whose pages may use them.
 */
export function createSessions({ secrets, clock = systemClock, ...origins }: SessionOptions): Sessions {
  const keys = secrets.length > 0 ? secrets : [randomBytes(32).toString('base64url')]
  const check = createOriginCheck(origins)

  function nowSeconds(): number {
    return Math.floor(clock.epoch() / 1_000)
  }

  function read(request: VisitorRequest): BroughtSession | undefined {
    const { cookie } = request.headers
    const signed = cookie === undefined ? undefined : parseCookie(cookie)[nameFor(request)]
    const found = signed === undefined ? undefined : unsign(signed, keys)
    const content = found && toContent(found.text)
    if (content === undefined) return undefined
    const ageSeconds = nowSeconds() - content.at
    if (ageSeconds > LASTS_SECONDS) return undefined
    const { visitorId, name } = content
    return { visitorId, name, isDue: ageSeconds > DUE_AFTER_SECONDS || !found?.isCurrent }
  }

  return {
    read,
    check,
    admit(request) {
      check(request)
      return read(request)
    },
    start() {
      const visitorId = randomBytes(16).toString('base64url')
      return { visitorId, name: `Visitor ${randomBytes(2).toString('hex')}` }
    },
    toCookie(request, { visitorId, name }) {
      const content: Content = { visitorId, name, at: nowSeconds() }
      return stringifySetCookie({
        ...ATTRIBUTES,
        name: nameFor(request),
        value: sign(Buffer.from(JSON.stringify(content)).toString('base64url'), keys[0] as string),
        secure: isSecure(request),
        maxAge: LASTS_SECONDS,
      })
    },
    toNoCookie: (request) =>
      stringifySetCookie({ ...ATTRIBUTES, name: nameFor(request), value: '', secure: isSecure(request), maxAge: 0 }),
  }
}

/** Over HTTPS, one that no other host and no plain HTTP can have written: browsers see to that. */
function nameFor(request: VisitorRequest): string {
  return isSecure(request) ? '__Host-session' : 'session'
}

function isSecure({ protocol }: VisitorRequest): boolean {
  return protocol === 'https'
}

/** It was signed here, but maybe by another version. */
function toContent(text: string): Content | undefined {
  try {
    const content = JSON.parse(Buffer.from(text, 'base64url').toString()) as Partial<Content> | null
    const { visitorId, name, at } = content ?? {}
    if (typeof visitorId !== 'string' || typeof name !== 'string' || typeof at !== 'number') return undefined
    return { visitorId, name, at }
  } catch {
    return undefined
  }
}
