import type { Call } from '../history.ts'
import type { HttpRequest } from './http-users.ts'

const TASKS = '/api/v1/tasks'
/** What a page of a board shows. */
export const LIST_LIMIT = 20

/**
 * Writes a call as a request.
 *
 * @param call What is asked.
 */
export function toRequest({ method, id, board, title }: Call): HttpRequest {
  switch (method) {
    case 'get':
      return { method: 'GET', path: `${TASKS}/${id}` }
    case 'list':
      return { method: 'GET', path: `${TASKS}?board=${board}&limit=${LIST_LIMIT}` }
    case 'create':
      return { method: 'POST', path: TASKS, body: JSON.stringify({ title, board, description: DESCRIPTION }) }
    case 'update':
      return { method: 'PATCH', path: `${TASKS}/${id}`, body: JSON.stringify({ title }) }
    case 'delete':
      return { method: 'DELETE', path: `${TASKS}/${id}` }
  }
}

/** As people write: a sentence or two. */
export const DESCRIPTION =
  'Ask the two who were there what happened, write it down while they still know, and put it where the others find it.'
