import { serveSubject, stopBare } from '@breakwater/testing/subject'

await serveSubject(stopBare)
