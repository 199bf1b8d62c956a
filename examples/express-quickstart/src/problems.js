const { STATUS_CODES } = require('node:http')
const { toErrorHandler } = require('@breakwater/express')

/** Answers what nothing else does as `application/problem+json` (RFC 9457). Comes after all routes. */
function answerErrors(app, logger) {
  app.use((_request, response) => sendProblem(response, 404))
  app.use(toErrorHandler()) // an open circuit is 503 with Retry-After, a time that is over 504
  // Express knows an error handler by its four parameters.
  app.use((error, _request, response, next) => {
    if (response.headersSent) return next(error)
    const { status = 500 } = error ?? {}
    if (status >= 500) logger.error(error) // with the ids of its request and trace
    sendProblem(response, status)
  })
}

/** Says nothing of the inside: that is in the log. */
function sendProblem(response, status) {
  response.status(status).type('application/problem+json')
  response.send(JSON.stringify({ type: 'about:blank', title: STATUS_CODES[status], status }))
}

module.exports = { answerErrors, sendProblem }
