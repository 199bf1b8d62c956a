import { join } from 'node:path'
import { type Edit, importMutated } from '@breakwater/testing/mutants'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import * as sources from '../src/live/board-feeds.ts'
import { feedsProperty } from './support/feeds-model.ts'

const folder = join(import.meta.dirname, '../src/live')
const RUNS = 100 * Number(process.env.SOAK ?? 1)
/** With this seed each is found within some hundred. */
const MUTANTS = { seed: 1, numRuns: 1_000, endOnFailure: true }

test('every follower is told a snapshot and then each change once, whatever is lost, late, doubled or away', async () => {
  await fc.assert(feedsProperty(sources.createBoardFeeds), { numRuns: RUNS })
})

/** Faults on purpose: the model that finds them looks at what it should. */
const mutants: readonly (readonly [name: string, ...Edit[]])[] = [
  of('a gap is not seen', 'feed.ts', 'change.version === after + 1 + index', 'change.version > after'),
  of('a board that lost its changes is up to date', 'feed.ts', 'return version === after', 'return true'),
  of('the end of a page is the end', 'feed.ts', '      this.hint(version)\n      for', '      for'),
  of(
    'a hint while a read is under way is lost',
    'feed.ts',
    'this.#isDirty = false\n    this.#target = 0\n    return ++',
    'queueMicrotask(() => { this.#isDirty = false })\n    return ++',
  ),
  of(
    'a version that never was is waited for',
    'feed.ts',
    'if (since > version && byRead <= read) follower.begin(0)',
    'if (since > version) void 0',
  ),
  of('a version is void before anybody has looked', 'feed.ts', 'since > version && byRead <= read', 'since > version'),
  of(
    'what is too long ago is read again',
    'feed.ts',
    'else if (since <= Math.min(after, version) && !isGapless) follower.begin(since)',
    '',
  ),
  of('who knows more than there is waits for ever', 'feed.ts', ' || Math.max(...known) > this.#version', ''),
  of('a snapshot comes without the changes since', 'feed.ts', 'follower.tellChanges(snapshot.changes)', ''),
  of('a snapshot that is ahead is told', 'recent.ts', '|| this.#snapshot.version > newest', ''),
  of('who comes is told nothing of what was missed', 'feed.ts', 'return follower.tellChanges(changes)', 'return'),
  of('what is remembered is taken for all there was', 'recent.ts', 'count <= this.#changes.length ?', 'count > -1 ?'),
  of(
    'nobody looks',
    'board-feeds.ts',
    'this.#isLookDue = true\n    this.#changes.wake()\n    this.#snapshots.wake()',
    'this.#changes.wake()',
  ),
  of('snapshots that failed are not read again', 'board-feeds.ts', 'this.#isSnapshotPaused = false\n', ''),
  of('a trouble is for ever', 'board-feeds.ts', 'this.#trouble = undefined\n', ''),
  of('all is remembered', 'board-feeds.ts', 'while (this.#bytes > this.#maxBytes && this.#shrink());', ''),
  of('a board is never forgotten', 'board-feeds.ts', 'nowMs - feed.idleSinceMs < IDLE_MS', 'nowMs > 0'),
  of('two reads are under way', 'lane.ts', 'this.#running ??= this.#run()', 'this.#running = this.#run()'),
  of('one that throws stays', 'follower.ts', 'this.leave()\n      this.#onThrown(error)', 'void error'),
  of('one that left is told', 'follower.ts', 'leave(): void {\n    this.#listener = undefined', 'leave(): void {'),
]

function of(name: string, file: string, from: string, to: string): readonly [name: string, ...Edit[]] {
  return [name, { file, from, to }]
}

test.for(mutants)('the model finds that %s', async ([, ...edits]) => {
  const faulty = await importMutated<typeof sources>(folder, "export * from './board-feeds.ts'", edits)
  const { failed } = await fc.check(feedsProperty(faulty.createBoardFeeds), MUTANTS)
  expect(failed).toBe(true)
})
