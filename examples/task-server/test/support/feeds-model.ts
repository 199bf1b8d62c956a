import type { PolicyCallOptions } from '@breakwater/core'
import { createManualClock, type ManualClock } from '@breakwater/core/testing'
import fc from 'fast-check'
import type { createBoardFeeds, LiveBoards } from '../../src/live/board-feeds.ts'
import type { BoardHistory } from '../../src/live/board-history.ts'
import type { Hints } from '../../src/live/hints.ts'
import { Client, Truth } from './boards-truth.ts'

const BOARDS = ['a', 'b'] as const
type Board = (typeof BOARDS)[number]

/** What is done to the feeds. `of` picks one of what there is, if there is anything. */
type Step =
  | { readonly type: 'change'; readonly board: Board; readonly of: number; readonly isTold: boolean }
  | { readonly type: 'trim'; readonly board: Board; readonly keep: number }
  | { readonly type: 'empty'; readonly board: Board }
  | { readonly type: 'hint'; readonly board: Board | undefined; readonly version: number | undefined }
  | {
      readonly type: 'follow'
      readonly board: Board
      readonly back: number | undefined
      readonly throwsAt: number | undefined
    }
  | { readonly type: 'leave'; readonly of: number }
  | { readonly type: 'answer'; readonly of: number; readonly isFine: boolean; readonly isLate: boolean }
  | { readonly type: 'wait'; readonly ms: number }

interface Read {
  readonly isSnapshot: boolean
  end(isFine: boolean, isLate: boolean): void
}

class Model {
  readonly problems: string[] = []
  readonly #clock: ManualClock = createManualClock()
  readonly #truths: Record<Board, Truth> = { a: new Truth(), b: new Truth() }
  readonly #clients: Client[] = []
  #reads: Read[] = []
  #onHint: Parameters<Hints['hear']>[0] | undefined
  readonly #feeds: LiveBoards
  readonly #maxBytes: number

  constructor(create: typeof createBoardFeeds, maxBytes: number) {
    this.#maxBytes = maxBytes
    const truthOf = (board: string): Truth => this.#truths[board as Board]
    const history: BoardHistory = {
      versions: (boards, options) =>
        this.#read(options, false, () => new Map(boards.map((board) => [board, truthOf(board).version]))),
      // In pages of three.
      changes: (known, _, options) =>
        this.#read(
          options,
          false,
          () => new Map(known.map(([board, version]) => [board, truthOf(board).after(version, 3)])),
        ),
      snapshot: (board, options) => this.#read(options, true, () => truthOf(board).snapshot()),
    }
    const hints: Hints = {
      tell: () => undefined,
      hear: (onHint) => {
        this.#onHint = onHint
        return () => {
          this.#onHint = undefined
        }
      },
    }
    this.#feeds = create(history, { hints, maxBytes, clock: this.#clock })
    this.#feeds.subscribe(() => undefined)
  }

  async take(step: Step): Promise<void> {
    switch (step.type) {
      case 'change':
        this.#truths[step.board].change(step.of)
        if (step.isTold) this.#feeds.announce(step.board)
        break
      case 'trim': {
        const truth = this.#truths[step.board]
        truth.trimmed = Math.max(truth.trimmed, truth.version - step.keep)
        break
      }
      case 'empty':
        this.#truths[step.board].empty()
        break
      case 'hint':
        this.#onHint?.(step.board, step.version)
        break
      case 'follow': {
        const truth = this.#truths[step.board]
        const since = step.back === undefined ? undefined : truth.version - step.back
        const client = new Client(
          step.board,
          truth,
          since !== undefined && since < 0 ? undefined : since,
          step.throwsAt,
          this.problems,
        )
        this.#clients.push(client)
        client.begin(this.#feeds)
        break
      }
      case 'leave': {
        const client = this.#clients[step.of % Math.max(1, this.#clients.length)]
        client?.stop()
        if (client !== undefined) client.isGone = true
        break
      }
      case 'answer':
        this.#reads.splice(step.of % Math.max(1, this.#reads.length), 1)[0]?.end(step.isFine, step.isLate)
        break
      case 'wait':
        await this.#clock.advanceAsync(step.ms)
    }
    await this.#clock.advanceAsync(0)
    this.#check()
  }

  /** In the end the database answers, and everybody knows all. */
  async finish(): Promise<void> {
    for (let round = 0; round < 4; round++) {
      await this.take({ type: 'wait', ms: 500 })
      await this.#answerAll()
    }
    this.#checkKnown('in the end')
    // What is told is known without any time passing.
    for (const board of BOARDS) {
      for (let of = 0; of < 7; of++) this.#truths[board].change(of)
      this.#feeds.announce(board)
    }
    await this.#answerAll()
    this.#checkKnown('at once')
    if (this.#measured('live_memory_bytes') > this.#maxBytes) this.problems.push('too much is remembered')
    for (const client of this.#clients) {
      client.stop()
      client.isGone = true
    }
    // What nobody follows is forgotten, and nothing is asked meanwhile.
    await this.#clock.advanceAsync(31_000)
    if (this.#clock.pending > 0 || this.#onHint !== undefined || this.#reads.length > 0)
      this.problems.push('something goes on')
    for (const name of ['live_boards', 'live_followers', 'live_memory_bytes'])
      if (this.#measured(name) !== 0) this.problems.push(`${name} is ${this.#measured(name)} in the end`)
    await this.#feeds.close()
  }

  async #answerAll(): Promise<void> {
    await this.#clock.advanceAsync(0)
    for (let reads = 0; this.#reads.length > 0; reads++) {
      if (reads === 1_000) return void this.problems.push('reads without end')
      await this.take({ type: 'answer', of: 0, isFine: true, isLate: false })
    }
  }

  #checkKnown(when: string): void {
    for (const { version, board, isGone } of this.#clients) {
      const has = this.#truths[board as Board].version
      if (!isGone && version !== has) this.problems.push(`one knows ${version} ${when}, and ${board} has ${has}`)
    }
  }

  #check(): void {
    if (this.#reads.filter(({ isSnapshot }) => isSnapshot).length > 1) this.problems.push('several snapshots at once')
    if (this.#reads.filter(({ isSnapshot }) => !isSnapshot).length > 1) this.problems.push('several reads at once')
    const following = this.#clients.filter(({ isGone }) => !isGone).length
    if (this.#measured('live_followers') !== following) this.problems.push('followers are counted wrong')
  }

  #measured(name: string): number {
    return Number(this.#feeds.measure().find((measurement) => measurement.name === name)?.value)
  }

  #read<result>(options: PolicyCallOptions | undefined, isSnapshot: boolean, look: () => result): Promise<result> {
    const early = look()
    const answer = Promise.withResolvers<result>()
    options?.signal?.addEventListener('abort', () => answer.reject(options.signal?.reason))
    this.#reads.push({
      isSnapshot,
      end: (isFine, isLate) => (isFine ? answer.resolve(isLate ? look() : early) : answer.reject(new Error('away'))),
    })
    return answer.promise
  }
}

const board = fc.constantFrom(...BOARDS)
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ type: fc.constant('change' as const), board, of: fc.nat(300), isTold: fc.boolean() }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('trim' as const), board, keep: fc.nat(4) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('empty' as const), board }) },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('hint' as const),
      board: fc.option(board, { nil: undefined }),
      version: fc.option(fc.nat(40), { nil: undefined }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('follow' as const),
      board,
      back: fc.constantFrom(undefined, undefined, undefined, -2, -1, 0, 0, 1, 2, 3, 5, 12),
      throwsAt: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined, freq: 3 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('leave' as const), of: fc.nat(20) }) },
  {
    weight: 10,
    arbitrary: fc.record({
      type: fc.constant('answer' as const),
      of: fc.nat(1),
      isFine: fc.integer({ min: 0, max: 6 }).map((dice) => dice > 0),
      isLate: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('wait' as const), ms: fc.constantFrom(1, 500, 40_000) }) },
)

/**
 * Says what feeds of boards have to do, whatever is done to them.
 *
 * @param create Creates them.
 */
export function feedsProperty(
  create: typeof createBoardFeeds,
): fc.IAsyncPropertyWithHooks<[maxBytes: number, steps: readonly Step[]]> {
  return fc.asyncProperty(
    fc.constantFrom(3_000, 1_000_000),
    fc.array(step, { maxLength: 100, size: 'max' }),
    async (maxBytes, steps) => {
      const model = new Model(create, maxBytes)
      for (const one of steps) await model.take(one)
      await model.finish()
      if (model.problems.length > 0) throw new Error(model.problems.join('; '))
    },
  )
}
