import { expect, test } from 'vitest'
import { createAdminJudge } from './admin.ts'

const TOKEN = 'open-sesame/0123'

function isAdmin(authorization: string | undefined, token: string | undefined = TOKEN): boolean {
  return createAdminJudge(token)({ header: (name) => (name === 'authorization' ? authorization : undefined) })
}

test.each([`Bearer ${TOKEN}`, `bearer ${TOKEN}`, `BEARER  ${TOKEN} `])('createAdminJudge() knows %j', (header) => {
  expect(isAdmin(header)).toBe(true)
})

test.each([
  undefined,
  '',
  'Bearer',
  'Bearer ',
  TOKEN,
  `Basic ${TOKEN}`,
  `Bearer ${TOKEN}4`,
  `Bearer ${TOKEN.slice(0, -1)}`,
  `Bearer ${TOKEN.toUpperCase()}`,
  `Bearer ${TOKEN}, Bearer ${TOKEN}`,
  `Bearer x ${TOKEN}`,
  `Bearer ${TOKEN} x`,
  `Digest Bearer ${TOKEN}`,
])('createAdminJudge() does not know %j', (header) => {
  expect(isAdmin(header)).toBe(false)
})

test('createAdminJudge() without a token knows nobody', () => {
  const judge = createAdminJudge(undefined)
  for (const authorization of [undefined, 'Bearer undefined', 'Bearer '])
    expect(judge({ header: () => authorization })).toBe(false)
})
