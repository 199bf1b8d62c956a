import { join } from 'node:path'
import { type Edit, importMutated } from '@breakwater/testing/mutants'
import { expect, test } from 'vitest'
import { checkModel, type Open } from './support/model.ts'

const folder = join(import.meta.dirname, '../../src/lib/destination')

/** The smallest faults that anybody could make, and that would lose, double, tear or mix up lines. Each one must be found. */
const mutants: readonly (readonly [name: string, file: string, from: string, to: string])[] = [
  [
    'a torn line is not begun anew elsewhere',
    'delivery.ts',
    'const isTorn = this.#backlog.rewind()',
    'const isTorn = false',
  ],
  [
    'a torn line is not ended',
    'delivery.ts',
    'if (isTorn && this.#current !== undefined) this.#current.isTorn = true',
    '',
  ],
  [
    'lines overtake those that wait',
    'delivery.ts',
    '!this.#isClosed && this.#backlog.isEmpty) {',
    '!this.#isClosed) {',
  ],
  [
    'what was taken of a line is forgotten',
    'delivery.ts',
    'this.#backlog.push(Buffer.from(text), from)',
    'this.#backlog.push(Buffer.from(text), 0)',
  ],
  [
    'more may wait than may',
    'delivery.ts',
    'if (this.#backlog.bytes > this.#host.maxPendingBytes) this.#makeRoom()',
    '',
  ],
  ['dropped lines are not counted', 'delivery.ts', 'this.droppedLines += lines', ''],
  ['what nobody took at exit is not counted', 'delivery.ts', 'if (!this.#backlog.isEmpty) this.#drop(0)', ''],
  ['a line but for its end is written twice', 'backlog.ts', 'if (head[this.#offset] === NEWLINE) {', 'if (false) {'],
  ['what waits again is not counted', 'backlog.ts', 'this.#bytes += torn', ''],
  ['a rotated file is overwritten', 'file-outlet.ts', 'fs.lstatSync(path + suffix) === undefined', 'true'],
  ['what a crash has torn is not ended', 'file-outlet.ts', 'this.#readLastByte(stats.size) !== NEWLINE', 'false'],
  [
    'a line is parted between two files',
    'file-outlet.ts',
    'bytes.lastIndexOf(NEWLINE, from + room - 1) + 1',
    'from + room',
  ],
  ['a part is taken for the whole', 'outlet.ts', 'if (written === length) return DONE', 'return DONE'],
  ['what waits is not written at exit', 'destination.ts', 'onExit: () => this.#end(),', 'onExit: () => {},'],
  ['lines that wait are forgotten', 'destination.ts', 'this.#buffer += text', 'this.#buffer = text'],
]

function load(...edits: readonly Edit[]): Promise<{ readonly openDestination: Open }> {
  return importMutated(folder, "export { openDestination } from './destination.ts'", edits)
}

test('the model finds no fault where there is none', async () => {
  const { openDestination } = await load()
  await checkModel(openDestination, { numRuns: 50, seed: 1, shrinks: false })
})

test.for(mutants)('the model finds that %s', async ([, file, from, to]) => {
  const { openDestination } = await load({ file, from, to })
  await expect(checkModel(openDestination, { numRuns: 1_000, seed: 1, shrinks: false })).rejects.toThrow()
})
