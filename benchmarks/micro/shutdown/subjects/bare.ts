import { serveSubject, stopBare } from '@breakwater/testing/subject'

// Node alone: https://nodejs.org/api/http.html#serverclosecallback

await serveSubject(stopBare)
