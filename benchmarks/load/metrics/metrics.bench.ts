import type { LoadBench } from '../../src/load/subject.ts'
import { onFastify } from './fastify.ts'
import { plain } from './plain.ts'

/** What metrics cost in a real server. */
export const bench: LoadBench = { kind: 'load', title: 'Metrics under load', groups: [plain, onFastify] }
