import { expect, test } from 'vitest'
import { checkComingVariables } from './coming-variables.ts'

test('checkComingVariables() says nothing of what is right, or not set', () => {
  expect(checkComingVariables({})).toEqual([])
  expect(
    checkComingVariables({
      MAX_CONNECTIONS: '100',
      CORS_ORIGIN: 'http://localhost:3000',
      SESSION_SECRET: 'x'.repeat(32),
    }),
  ).toEqual([])
})

test.each([
  ['MAX_CONNECTIONS', '0'],
  ['MAX_CONNECTIONS', '100001'],
  ['CORS_ORIGIN', '*'],
  ['CORS_ORIGIN', 'https://tasks.example/'],
  ['CORS_ORIGIN', 'ftp://tasks.example'],
  ['SESSION_SECRET', 'x'.repeat(31)],
])('checkComingVariables() refuses %s=%s, and does not show it', (name, text) => {
  const [line, ...others] = checkComingVariables({ [name]: text })
  expect(line).toMatch(new RegExp(`^Expected ${name} to be `))
  expect(others).toEqual([])
  if (text.length > 6) expect(line).not.toContain(text)
})
