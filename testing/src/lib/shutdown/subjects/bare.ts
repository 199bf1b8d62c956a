import { serveSubject } from '../subject/serve-subject.ts'
import { stopBare } from './stop-bare.ts'

await serveSubject(stopBare)
