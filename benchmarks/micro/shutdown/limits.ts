// How long a subject may take to end, by its own means: the same for everybody that has a word for it.

const LIMIT_MS = 5_000

/** Milliseconds that this subject has, counted as it counts them. The bench tells it. */
export const limitMs: number = Number(process.env.SUBJECT_LIMIT_MS ?? LIMIT_MS)
