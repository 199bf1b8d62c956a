import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

// Neither may import the other, and what they would share belongs to adapters alone.
test('toProblem() is the same in both adapters', () => {
  const [express, fastify] = ['express', 'fastify'].map((room) =>
    readFileSync(new URL(`../../${room}/src/lib/problem.ts`, import.meta.url), 'utf8'),
  )
  expect(fastify).toBe(express)
})
