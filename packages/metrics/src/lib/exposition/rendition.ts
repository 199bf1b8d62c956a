/** One scrape's text, made once and read by everybody who asked for it meanwhile. */
export interface Rendition<piece> {
  /** Whether it is still being made, so that who asks now may have it, too. */
  readonly isFresh: boolean
  /** Whether it takes memory: it is being made, or somebody reads it. */
  readonly isHeld: boolean
  /** All of it from the beginning, as it is made. */
  read(): AsyncGenerator<piece, void>
}

/**
 * Begins to make one, as fast as it can be: how fast readers are changes nothing, and so all see one moment.
 *
 * @param source Its pieces.
 */
export function createRendition<piece>(source: AsyncIterable<piece>): Rendition<piece> {
  const pieces: piece[] = []
  let isDone = false
  let failure: { readonly error: unknown } | undefined
  let readers = 0
  let waiting: (() => void)[] = []
  void make()

  return {
    get isFresh() {
      return !isDone
    },
    get isHeld() {
      return !isDone || readers > 0
    },
    async *read() {
      readers++
      try {
        for (let index = 0; ; ) {
          if (index < pieces.length) yield pieces[index++] as piece
          else if (!isDone) await new Promise<void>((resolve) => waiting.push(resolve))
          else if (failure === undefined) return
          else throw failure.error
        }
      } finally {
        readers--
      }
    },
  }

  async function make(): Promise<void> {
    try {
      for await (const piece of source) {
        pieces.push(piece)
        advance()
      }
    } catch (error) {
      failure = { error }
    }
    isDone = true
    advance()
  }

  function advance(): void {
    const woken = waiting
    waiting = []
    for (const wake of woken) wake()
  }
}
