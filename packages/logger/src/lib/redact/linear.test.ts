import { expect, test } from 'vitest'
import { providerTokens } from './detectors.ts'
import { createRedactor } from './redactor.ts'

const { text, hides } = createRedactor({ detectors: [providerTokens] })

/** What each detector begins with, over and over, and never what it ends with. */
const BEGINNINGS: readonly string[] = [
  'a://',
  'a://b:c',
  'a://b:c/',
  ':\\/',
  '%3A%2F%2F',
  '%3A%2F%2Fa%40',
  'eyJ',
  'eyJaaaaaaaaaaaa.',
  'eyJ.',
  'password=',
  'password= ',
  'password: ',
  'password',
  'password ',
  'password:"',
  'password:"a" + ',
  "password: '",
  'password: {',
  'password: a,',
  'password: a&b',
  'password=\\',
  'password=1 2',
  '"password":"',
  '"password":',
  '"password": [',
  '"password",',
  '"authorization",',
  '"password","value":',
  '\\"password\\":\\"',
  '\\"',
  '"',
  '{"password":{"a":"',
  'name="password"\r\n\r\n',
  '--password ',
  '<password>',
  '<password><',
  '<password><![CDATA[',
  'password%3D',
  'password%3A%22',
  '%70',
  '%3D',
  '?key=',
  '&key=a',
  'api key',
  'card number ',
  'Cookie: ',
  'Cookie: a=',
  'Cookie: a=b\\',
  'Authorization: Digest a=',
  'Authorization: Digest a="',
  'Authorization: Bearer ',
  'Bearer ',
  'Bearer',
  'Basic ',
  'Basic YTpi',
  '1',
  '4111 ',
  '4 ',
  '4111-1111-1111-1111-',
  '+4111111111111111 ',
  '-----BEGIN PRIVATE KEY-----',
  '-----BEGIN ',
  '-----BEGIN A ',
  '-----END PRIVATE KEY-----',
  '-',
  '\\',
  ' ',
  ',',
  '=',
  ':',
  '[',
  'sk_live_',
  'xoxb-',
]

/** Long enough that the square of it would be seen. */
const LENGTH = process.env.SOAK === undefined ? 120_000 : 1_000_000

test.each(BEGINNINGS)('text() takes time that grows with the length of %j again and again', (beginning) => {
  const long = beginning.repeat(Math.ceil(LENGTH / beginning.length))
  expect(growth(text, long)).toBeLessThan(8)
})

test.each(['passA', 'a', 'A', 'a.', 'token', '_'])(
  'hides() takes time that grows with the length of %j',
  (beginning) => {
    expect(growth(hides, beginning.repeat(Math.ceil(LENGTH / beginning.length)))).toBeLessThan(8)
  },
)

test('text() takes a text of many megabytes', () => {
  for (const beginning of ['1 ', 'password: a ', '"password":"a",', 'a b:'])
    expect(text(beginning.repeat(300_000))).toBeTypeOf('string')
})

/**
 * How much longer a text takes than a quarter of it: 4 if its time is linear, 16 if quadratic. The quarter runs four times right
 * before, so that both meet the same machine; whoever else is at work can only spoil a round, so one good round is enough.
 */
function growth(run: (text: string) => unknown, long: string): number {
  const short = long.slice(0, long.length / 4)
  let least = Number.POSITIVE_INFINITY
  for (let round = 0; round < 50 && least >= 8; round++) {
    const four = elapsed(() => {
      for (let turn = 0; turn < 4; turn++) run(short)
    })
    least = Math.min(least, (4 * elapsed(() => run(long))) / four)
  }
  return least
}

function elapsed(run: () => unknown): number {
  const startedAt = performance.now()
  run()
  return performance.now() - startedAt
}
