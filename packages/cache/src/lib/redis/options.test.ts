import { expect, test } from 'vitest'
import { resolveOptions } from './options.ts'
import type { RedisClient } from './redis-client.ts'

const single = { isCluster: false } as RedisClient
const cluster = { isCluster: true } as RedisClient

test('resolveOptions() has defaults', () => {
  expect(resolveOptions(single, { shards: undefined })).toEqual({
    prefix: 'breakwater:',
    shards: 1,
    maxLog: 10_000,
    maxTags: 10_000,
    tracking: false,
  })
  expect(resolveOptions(cluster, {}).shards).toBe(4)
})

test('resolveOptions() names what is wrong', () => {
  const message = (options: object): unknown => {
    try {
      return resolveOptions(single, options)
    } catch (error) {
      return (error as Error).message
    }
  }
  expect(message({ prefix: '' })).toBe('Expected `prefix` to be a string that is not empty, got ""')
  expect(message({ prefix: 'a{b}' })).toBe('Expected `prefix` to be without braces, got "a{b}"')
  expect(message({ shards: 0 })).toBe('Expected `shards` to be a positive integer, got 0')
  expect(message({ shards: 65 })).toBe('Expected `shards` to be an integer from 1 to 64, got 65')
  expect(message({ maxLog: 0.5 })).toBe('Expected `maxLog` to be a positive integer, got 0.5')
  expect(message({ maxTags: -1 })).toBe('Expected `maxTags` to be a positive integer, got -1')
  expect(message({ tracking: 'yes' })).toBe('Expected `tracking` to be a boolean, got string')
  expect(() => resolveOptions(cluster, { tracking: true })).toThrow(TypeError)
})
