import { Buffer } from 'node:buffer'
import { inspect } from 'node:util'
import { createRandom } from '@breakwater/testing/simulation'
import { expect, test } from 'vitest'
import { passesLuhn } from './luhn.ts'
import { createRedactor } from './redactor.ts'

const SEEDS = Array.from({ length: 40 }, (_, seed) => seed)
const TEXTS = 100
/** That many characters of a secret in a row are a leak. */
const PIECE = 5

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'
const ALPHANUMERIC = `${LETTERS}0123456789`
const BASE64URL = `${ALPHANUMERIC}-_`
const UNQUOTED = `${ALPHANUMERIC}!#$*+-./=?@^_~%:|()[]{}`
const ANYTHING = `${UNQUOTED}"'\`\\,;&<> \n\téß名😀`

const NAMES = [
  'password',
  'userPassword',
  'DB_PASSWORD',
  'passwd',
  'client_secret',
  'accessToken',
  'refresh_token',
  'x-api-key',
  'apiKey',
  'privateKey',
  'sessionId',
  'credentials',
  'x-auth-token',
  'otp',
  'passphrase',
  'signature',
  'jwt',
  'secret',
  'connectionString',
]
const PLAIN_WORDS = [
  'request',
  'finished',
  'task',
  'created',
  'by',
  'bob',
  'GET',
  '/api/tasks/123',
  '200',
  '12ms',
  'user',
  'the',
  'retrying',
  'in',
  'connection',
  'closed',
  'a',
  '{',
  '}',
  '(x)',
  '"quoted"',
  "it's",
  '50%',
  'id=17',
  'at',
  '2026-11-21T18:22:08.123Z',
  '123e4567-e89b-42d3-a456-426614174000',
  'https://example.com/a?page=2',
  '1732213123123',
  '-',
  'status:',
  'größer',
  '[1,2]',
  '{"a":1}',
  '12:30',
  'Error:',
  '+1 555 0100',
  '--verbose',
  'x=y,',
  'maxTokens=5',
  'author: eve;',
]

interface Dice {
  below(count: number): number
  one<item>(items: readonly item[] | string): item | string
  text(alphabet: string, least: number, most: number): string
  words(most: number): string
}

type Place = (dice: Dice) => readonly [text: string, secret: string]

const PLACES: Readonly<Record<string, Place>> = {
  query: (dice) => named(dice, ANYTHING, (name, secret) => `/x?a=1&${name}=${escaped(secret)}&b=2`),
  'query key': (dice) =>
    named(dice, ANYTHING, (_, secret) => `/x?${dice.one(['key', 'code', 'sig'])}=${escaped(secret)}`),
  'query in a query': (dice) =>
    named(dice, ANYTHING, (name, secret) => `/x?n=${escaped(`/y?${name}=${escaped(secret)}&c=1`)}&b=2`),
  form: (dice) =>
    named(dice, ANYTHING, (name, secret) => new URLSearchParams({ user: 'bob', [name]: secret, c: '1' }).toString()),
  assignment: (dice) => named(dice, UNQUOTED, (name, secret) => `${name}=${secret}`),
  'quoted assignment': (dice) =>
    named(dice, `${UNQUOTED} ,;&`, (name, secret) => `${name}=${dice.one(["'~'", '"~"'])}`.replace('~', () => secret)),
  line: (dice) => named(dice, UNQUOTED, (name, secret) => `${name}: ${secret}`),
  flag: (dice) => named(dice, BASE64URL, (name, secret) => `--${name} ${secret}`),
  element: (dice) => named(dice, UNQUOTED, (name, secret) => `<${name}>${secret}</${name}>`),
  inspected: (dice) =>
    named(dice, ANYTHING, (name, secret) =>
      inspect({ a: 1, [name]: secret, b: ["it's"] }, { breakLength: dice.below(200), depth: 9 }),
    ),
  'inspected deep': (dice) =>
    named(dice, ANYTHING, (name, secret) =>
      inspect({ a: { [name]: { x: [secret, 1], y: new Map([['z', secret]]) } } }, { depth: 9 }),
    ),
  url: (dice) => secretly(dice, ANYTHING, (secret) => `postgres://bob:${escaped(secret)}@db.example.com:5432/x`),
  'url without user': (dice) => secretly(dice, ANYTHING, (secret) => `redis://:${escaped(secret)}@db.example.com/x`),
  'url of a token': (dice) => secretly(dice, BASE64URL, (secret) => `https://${secret}@example.com/x`),
  'url in a query': (dice) =>
    secretly(dice, BASE64URL, (secret) => `/x?to=${escaped(`https://bob:${secret}@example.com/x`)}`),
  header: (dice) =>
    secretly(dice, `${BASE64URL}~+/.`, (secret) => `Authorization: ${dice.one(['Bearer ', 'Basic ', ''])}${secret}`),
  bearer: (dice) => secretly(dice, `${BASE64URL}~+/.`, (secret) => `Bearer 1${secret}`),
  cookie: (dice) =>
    secretly(
      dice,
      `${ALPHANUMERIC}!#$%&*+-./:?@^_|~`,
      (secret) => `${dice.one(['Cookie', 'set-cookie'])}: a=b; x=${secret}; c=d\n`,
    ),
  jwt: (dice) => {
    const [payload, signature] = [dice.text(BASE64URL, 20, 200), dice.text(BASE64URL, 20, 80)]
    return [`eyJ${dice.text(BASE64URL, 15, 40)}.${payload}.${signature}`, payload + signature]
  },
  basic: (dice) => {
    const secret = Buffer.from(`bob:${secretOf(dice, ANYTHING).replaceAll(/[\n\t]/g, '')}`).toString('base64')
    return [`basic ${secret}`, secret]
  },
  card: (dice) => {
    const digits = card(dice)
    const between = String(dice.one(['', ' ', '-']))
    return [`card ${digits.replaceAll(/(\d{4})(?=\d)/g, `$1${between}`)}, thanks`, digits]
  },
  key: (dice) => {
    const body = dice.text(`${ALPHANUMERIC}+/\n`, 100, 2_000)
    return [`-----BEGIN PRIVATE KEY-----\n${body}\n${dice.below(4) === 0 ? '' : '-----END PRIVATE KEY-----'}`, body]
  },
}

test.each(Object.keys(PLACES))('text() lets no secret through as %s, at any depth of JSON', (place) => {
  for (const seed of SEEDS) {
    const dice = createDice(seed)
    for (let count = 0; count < TEXTS / 10; count++) {
      const [inner, secret] = (PLACES[place] as Place)(dice)
      const text = wrapped(dice, [dice.words(8), inner, dice.words(8)].join(' '))
      const clean = createRedactor().text(text)
      expectNothingOf(secret, place === 'card' ? clean.replaceAll(/[ -]/g, '') : clean, text)
    }
  }
})

test('text() lets no value of JSON through, at any depth of JSON', () => {
  for (const seed of SEEDS) {
    const dice = createDice(seed)
    for (let count = 0; count < TEXTS; count++) {
      const secret = secretOf(dice, ANYTHING)
      const name = String(dice.one(NAMES))
      const value = [secret, { a: [secret] }, [secret, 1], { [secret]: { x: 1 } }, [[{}, secret]]][dice.below(5)]
      const body = { a: dice.words(5), [name]: value, z: { [name]: secret, y: dice.words(3) } }
      const text = wrapped(dice, JSON.stringify(body, null, dice.below(3)))
      expectNothingOf(secret, createRedactor().text(text), text)
    }
  }
})

test('text() leaves JSON that can be parsed', () => {
  for (const seed of SEEDS) {
    const dice = createDice(seed)
    for (let count = 0; count < TEXTS; count++) {
      const values = [secretOf(dice, ANYTHING), dice.below(1e9), { a: ['b', { c: 1 }] }, [1, 'x'], null, true]
      const body = { a: 'x y', [String(dice.one(NAMES))]: dice.one(values), z: [{ token: dice.one(values), y: 1 }] }
      const depth = dice.below(4)
      let text = JSON.stringify(body, null, dice.below(3))
      for (let level = 0; level < depth; level++) text = JSON.stringify({ body: text, after: 'x' })
      let parsed: unknown = createRedactor().text(text)
      for (let level = 0; level < depth; level++) {
        parsed = JSON.parse(String(parsed))
        expect(parsed).toMatchObject({ after: 'x' })
        parsed = (parsed as { readonly body: string }).body
      }
      expect(JSON.parse(String(parsed))).toMatchObject({ a: 'x y', z: [{ y: 1 }] })
    }
  }
})

test('text() gives texts without secrets back as they are', () => {
  const { text, counts } = createRedactor()
  for (const seed of SEEDS) {
    const dice = createDice(seed)
    for (let count = 0; count < TEXTS; count++) {
      const words = dice.words(40)
      for (const plain of [
        words,
        JSON.stringify({ msg: words }),
        JSON.stringify({ msg: JSON.stringify({ msg: words, a: 1 }) }),
      ])
        expect(text(plain)).toBe(plain)
    }
  }
  expect([...counts.values()].every((value) => value === 0)).toBe(true)
})

test('text() finds nothing more in what it has gone through', () => {
  const { text } = createRedactor()
  for (const seed of SEEDS) {
    const dice = createDice(seed)
    for (const place of Object.values(PLACES)) {
      const once = text(wrapped(dice, `${dice.words(4)} ${place(dice)[0]}`))
      expect(text(once)).toBe(once)
    }
  }
})

function named(
  dice: Dice,
  alphabet: string,
  build: (name: string, secret: string) => string,
): readonly [string, string] {
  return secretly(dice, alphabet, (secret) => build(String(dice.one(NAMES)), secret))
}

function secretly(dice: Dice, alphabet: string, build: (secret: string) => string): readonly [string, string] {
  const secret = secretOf(dice, alphabet)
  return [build(secret), secret]
}

/** Begins and ends with letters, of which pieces are seen however the rest is escaped. */
function secretOf(dice: Dice, alphabet: string): string {
  return `${dice.text(LETTERS, 6, 8)}${dice.text(alphabet, 0, 12)}${dice.text(ALPHANUMERIC, 6, 8)}`
}

/** In no, one or several layers of JSON. */
function wrapped(dice: Dice, text: string): string {
  let wrap = text
  for (let level = dice.below(4); level > 0; level--) wrap = JSON.stringify({ a: dice.words(3), body: wrap, z: 'end' })
  return wrap
}

function expectNothingOf(secret: string, clean: string, text: string): void {
  for (let start = 0; start + PIECE <= secret.length; start++) {
    const piece = secret.slice(start, start + PIECE)
    if (/^\w+$/.test(piece) && clean.includes(piece))
      expect.fail(`${piece} of ${JSON.stringify(secret)} is left:\n${text}\n${clean}`)
  }
}

/** As browsers do, which escape `'`, too. */
function escaped(text: string): string {
  return encodeURIComponent(text).replaceAll("'", '%27')
}

function card(dice: Dice): string {
  const start = `${dice.one(['4', '51', '55', '6011', '2221'])}${dice.text('0123456789', 15, 15)}`.slice(0, 15)
  const last = [...'0123456789'].find((digit) => passesLuhn(start + digit))
  return start + last
}

function createDice(seed: number): Dice {
  const random = createRandom(seed)
  const below = (count: number): number => Math.floor(random() * count)
  const one = <item>(items: readonly item[] | string): item | string => items[below(items.length)] as item | string
  return {
    below,
    one,
    text(alphabet, least, most) {
      const characters = [...alphabet]
      return Array.from({ length: least + below(most - least + 1) }, () => one(characters)).join('')
    },
    words: (most) => Array.from({ length: below(most) }, () => one(PLAIN_WORDS)).join(' '),
  }
}
