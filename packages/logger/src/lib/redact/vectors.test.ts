import { expect, test } from 'vitest'
import { PLAIN_TEXTS } from './plain-texts.ts'
import { createRedactor } from './redactor.ts'
import { TEXT_VECTORS, unmark } from './text-vectors.ts'
import { PLAIN_NAMES, SECRET_NAMES } from './vectors.ts'

const redactor = createRedactor()

test.each(SECRET_NAMES)('hides() hides what is called %s', (name) => {
  expect(redactor.hides(name)).toBe(true)
})

test.each(PLAIN_NAMES)('hides() shows what is called %s', (name) => {
  expect(redactor.hides(name)).toBe(false)
})

test.each(TEXT_VECTORS)('text() hides the secrets of %s', (_, marked) => {
  const { text, becomes } = unmark(marked)
  expect(redactor.text(text)).toBe(becomes)
  expect(redactor.text(becomes)).toBe(becomes)
})

test.each(PLAIN_TEXTS)('text() leaves %j as it is', (text) => {
  expect(redactor.text(text)).toBe(text)
})

test('there are many vectors, and none twice', () => {
  expect(TEXT_VECTORS.length + PLAIN_TEXTS.length).toBeGreaterThanOrEqual(200)
  expect(new Set(TEXT_VECTORS.map(([what]) => what)).size).toBe(TEXT_VECTORS.length)
  expect(new Set(PLAIN_TEXTS).size).toBe(PLAIN_TEXTS.length)
})
