import { serveSubject } from '../subject/serve-subject.ts'
import { stopLossless } from './stop-lossless.ts'

await serveSubject(stopLossless)
