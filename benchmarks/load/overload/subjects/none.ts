import type { Mount } from '../../../src/overload/subject.ts'

/** Sheds nothing. */
export const mount: Mount = () => ({})
