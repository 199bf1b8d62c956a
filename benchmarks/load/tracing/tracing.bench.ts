import type { LoadBench } from '../../src/load/subject.ts'
import { onFastify } from './fastify.ts'
import { plain } from './plain.ts'

/** What a span for each request costs in a real server. */
export const bench: LoadBench = { kind: 'load', title: 'Spans under load', groups: [plain, onFastify] }
