import { SLOTS, Track, WINDOWS } from './track.ts'

/** Where what has no place of its own goes. */
export const OTHER = '(other)'
/** Names are for reading, and come from anybody. */
const LONGEST_NAME = 200
/** Kinds are chosen by hand: there are a handful. */
const MOST_KINDS = 20

/** Names that are found at once. A power of two. */
const NEAR = 256

/** The tracks of all names, of which there are never more than allowed. */
export class Tracks {
  readonly #kinds = new Map<string, Map<string, Track>>()
  /** The last name that fell on each place: a third of the time that two look-ups take. */
  readonly #nearKinds = new Array<string>(NEAR).fill('')
  readonly #nearNames = new Array<string>(NEAR).fill('')
  readonly #nearTracks = new Array<Track | undefined>(NEAR).fill(undefined)
  readonly #slotMs: number
  readonly #maxNames: number
  readonly #onFull: (kind: string) => void
  #names = 0
  #sweptSlot = -1
  #isFull = false

  /**
   * @param slotMs Length of a slot in milliseconds.
   * @param maxNames How many names there may be, of all kinds together.
   * @param onFull Hears that a name had no place, until there is one again.
   */
  constructor(slotMs: number, maxNames: number, onFull: (kind: string) => void) {
    this.#slotMs = slotMs
    this.#maxNames = maxNames
    this.#onFull = onFull
  }

  /**
   * The track of a name: a new one if there is a place, or that of all others of its kind.
   *
   * @param kind Its kind.
   * @param name Its name.
   * @param nowMs The time.
   */
  get(kind: string, name: string, nowMs: number): Track {
    const near = placeOf(name)
    if (this.#nearNames[near] === name && this.#nearKinds[near] === kind) {
      const track = this.#nearTracks[near]
      if (track !== undefined) return track
    }
    const track = this.#kinds.get(kind)?.get(name)
    if (track === undefined) return this.#find(kind, name, nowMs)
    this.#nearKinds[near] = kind
    this.#nearNames[near] = name
    this.#nearTracks[near] = track
    return track
  }

  /** All tracks by kind. */
  get kinds(): ReadonlyMap<string, ReadonlyMap<string, Track>> {
    return this.#kinds
  }

  #find(givenKind: string, givenName: string, nowMs: number): Track {
    const kind = this.#kinds.has(givenKind) || this.#kinds.size < MOST_KINDS ? shorten(givenKind) : OTHER
    let tracks = this.#kinds.get(kind)
    if (tracks === undefined) {
      tracks = new Map()
      this.#kinds.set(kind, tracks)
    }
    let name = shorten(givenName)
    if (!tracks.has(name) && !this.#hasPlace(nowMs)) {
      if (!this.#isFull) this.#onFull(kind)
      this.#isFull = true
      name = OTHER
    }
    let track = tracks.get(name)
    if (track === undefined) {
      track = new Track(name, this.#slotMs, nowMs)
      tracks.set(name, track)
      if (name !== OTHER) this.#names++
    }
    return track
  }

  #hasPlace(nowMs: number): boolean {
    if (this.#names < this.#maxNames) return true
    const slot = Math.floor(nowMs / this.#slotMs)
    if (slot === this.#sweptSlot) return false
    this.#sweptSlot = slot
    this.#sweep(slot - SLOTS * (WINDOWS + 1))
    if (this.#names >= this.#maxNames) return false
    this.#isFull = false
    return true
  }

  /** Forgets what nothing is known of any more. */
  #sweep(oldestSlot: number): void {
    this.#nearTracks.fill(undefined)
    for (const tracks of this.#kinds.values())
      for (const [name, track] of tracks) {
        if (track.lastSlot >= oldestSlot || track.isHeld || name === OTHER) continue
        tracks.delete(name)
        this.#names--
      }
  }
}

function placeOf(name: string): number {
  const { length } = name
  const last = name.charCodeAt(length - 1) + name.charCodeAt(length - 2) * 10
  return (last + name.charCodeAt(length >> 1) * 31 + length * 7) & (NEAR - 1)
}

/** A part of a string keeps all of it in memory, unless it is made anew. */
function shorten(name: string): string {
  if (name === '') return '(empty)'
  return name.length <= LONGEST_NAME ? name : Buffer.from(`${name.slice(0, LONGEST_NAME - 1)}…`).toString()
}
