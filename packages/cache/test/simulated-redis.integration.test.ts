import { useRedis } from '@breakwater/testing/services'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SCRIPTS } from '../src/lib/redis/scripts.ts'
import { Dice } from '../src/lib/testing/dice.ts'
import type { ScriptTwin } from '../src/lib/testing/redis-scripts.ts'
import { shrinkActions } from '../src/lib/testing/shrink.ts'
import { TWIN_MUTANTS, toTwins } from './simulated-redis-mutants.ts'
import {
  type Answer,
  createSubject,
  type Difference,
  drawLooks,
  drawSteps,
  EXPIRE_WAIT_MS,
  isSame,
  type Step,
  toAnswer,
  toBuffer,
  toCommand,
} from './simulated-redis-sequences.ts'

const SOAK = Number(process.env.SOAK ?? 1)
const SEED = Number(process.env.SEED ?? (SOAK > 1 ? Date.now() % 1_000_000 : 11))
const SEQUENCES = 3_000 * SOAK
const STEPS = 30
const BLOCK_ENTRIES = [1, 3, 100]

const service = useRedis({ own: true, settings: { appendonly: 'no', 'stream-node-max-bytes': '0' } })
let redis: Redis

beforeAll(async () => {
  redis = new Redis(service.url)
  for (const { lua } of Object.values(SCRIPTS)) await redis.call('script', 'load', lua)
})

afterAll(() => redis.disconnect())

async function takeReal(step: Step): Promise<Answer> {
  const [name = '', ...args] = toCommand(step)
  const answer = redis.callBuffer(name, args.map(toBuffer)).then(toAnswer, toAnswer)
  if (step.do !== 'expire') return answer
  await answer
  await new Promise((resolve) => setTimeout(resolve, EXPIRE_WAIT_MS))
  return answer
}

/** Does the same to both. Only what has to expire is waited for: all else is sent at once. */
async function compare(
  steps: readonly Step[],
  blockEntries: number,
  twins?: Readonly<Record<string, ScriptTwin>>,
): Promise<Difference | undefined> {
  const subject = createSubject(blockEntries, twins)
  const simulated = steps.map(subject.take)
  const looks = drawLooks(subject)
  simulated.push(...looks.map(subject.take))

  const startedAtMs = performance.now()
  const all = [...steps, ...looks]
  const real: Promise<Answer>[] = [redis.call('flushall').then(toAnswer)]
  for (const step of all) {
    const answer = takeReal(step)
    real.push(answer)
    if (step.do === 'expire') await answer
  }
  const [, ...answers] = await Promise.all(real)
  const passedMs = performance.now() - startedAtMs
  for (const [index, step] of all.entries()) {
    const [one, other] = [answers[index] as Answer, simulated[index] as Answer]
    if (!isSame(step, one, other, passedMs)) return { index, step, real: one, simulated: other }
  }
  return undefined
}

async function setBlockEntries(entries: number): Promise<void> {
  await redis.config('SET', 'stream-node-max-entries', entries)
}

/** The shortest steps that show a difference, as text. */
async function explain(steps: readonly Step[], blockEntries: number): Promise<string> {
  const short = await shrinkActions(steps, async (fewer) => (await compare(fewer, blockEntries)) !== undefined)
  const difference = await compare(short, blockEntries)
  return JSON.stringify({ difference, short }, undefined, 1)
}

describe('SimulatedRedis', () => {
  test.for(BLOCK_ENTRIES)(
    'answers and keeps what a real server does, with %i entries in a block',
    { timeout: 60_000 * SOAK },
    async (blockEntries) => {
      await setBlockEntries(blockEntries)
      const sequences = Math.ceil(SEQUENCES / BLOCK_ENTRIES.length)
      const seen = new Set<string | undefined>()
      for (let number = 0; number < sequences; number++) {
        const steps = drawSteps(new Dice(SEED, blockEntries, number), createSubject(blockEntries), STEPS)
        const difference = await compare(steps, blockEntries)
        if (difference !== undefined) {
          expect.fail(`sequence ${number} of seed ${SEED}: ${await explain(steps, blockEntries)}`)
        }
        for (const step of steps) seen.add(step.do === 'script' ? step.name : toCommand(step)[0])
      }
      console.log(`simulated Redis: ${sequences} sequences of ${STEPS}, blocks of ${blockEntries}, seed ${SEED}`)
      const missing = Object.keys(SCRIPTS).filter((name) => !seen.has(name))
      expect(missing).toEqual([])
    },
  )

  test.for(TWIN_MUTANTS)('is found out if $name', async (mutant) => {
    await setBlockEntries(3)
    for (let number = 0; number < 500; number++) {
      const steps = drawSteps(new Dice(SEED, 3, number), createSubject(3), STEPS)
      if ((await compare(steps, 3, toTwins(mutant))) !== undefined) return
    }
    expect.fail('no difference in 500 sequences')
  })
})
