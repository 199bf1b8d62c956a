/** What a destination of lines tells. */
export type DestinationEvent =
  | DestinationFailed
  | DestinationRecovered
  | LinesDropped
  | FileRotated
  | RotationFailed
  | CompressionFailed
  | RetentionFailed

/** It cannot be written. Lines go to stderr from here on, until `destination:recovered`. Told once per change. */
export interface DestinationFailed {
  /** The kind of event. */
  readonly type: 'destination:failed'
  /** Why. */
  readonly error: unknown
  /** The file, or `stdout`, `stderr`, `fd 7`. */
  readonly path: string
}

/** It can be written again. */
export interface DestinationRecovered {
  /** The kind of event. */
  readonly type: 'destination:recovered'
  /** The file, or `stdout`, `stderr`, `fd 7`. */
  readonly path: string
  /** How long it could not, in milliseconds. */
  readonly afterMs: number
}

/** Neither the destination nor stderr took lines, and more of them waited than may. Told as it begins, and once more when it is over. */
export interface LinesDropped {
  /** The kind of event. */
  readonly type: 'lines:dropped'
  /** Since it began. */
  readonly lines: number
  /** Since it began. */
  readonly bytes: number
  /** Whether lines are taken again. A line that says how many are missing stands where they would have been. */
  readonly isOver: boolean
}

/** A file was full or its time was over. */
export interface FileRotated {
  /** The kind of event. */
  readonly type: 'file:rotated'
  /** What it is called now, before it is compressed. */
  readonly path: string
  /** How much is in it. */
  readonly bytes: number
}

/** A file could not be rotated. Lines go on into it; it is tried again. Told once, until it works. */
export interface RotationFailed {
  /** The kind of event. */
  readonly type: 'rotation:failed'
  /** Why. */
  readonly error: unknown
  /** The file. */
  readonly path: string
}

/** A rotated file could not be compressed. It stays as it is, and is tried again after the next rotation. */
export interface CompressionFailed {
  /** The kind of event. */
  readonly type: 'compression:failed'
  /** Why. */
  readonly error: unknown
  /** The rotated file. */
  readonly path: string
}

/** A rotated file could not be removed, or its folder not be read. It is tried again after the next rotation. */
export interface RetentionFailed {
  /** The kind of event. */
  readonly type: 'retention:failed'
  /** Why. */
  readonly error: unknown
  /** The rotated file, or the folder. */
  readonly path: string
}
