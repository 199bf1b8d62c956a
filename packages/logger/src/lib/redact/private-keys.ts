import { Edits, type TextDetector } from './edits.ts'
import { BLOCK } from './trigger.ts'

/** Spaces may be those of a URL. */
const BEGIN =
  /-{4,5}(?: |%20|\+)?BEGIN(?: |%20|\+)(?:[A-Z0-9]{1,12}(?: |%20|\+)){0,4}PRIVATE(?: |%20|\+)KEY(?:(?: |%20|\+)BLOCK)?(?: |%20|\+)?-{4,5}/g
const END =
  /-{4,5}(?: |%20|\+)?END(?: |%20|\+)(?:[A-Z0-9]{1,12}(?: |%20|\+)){0,4}PRIVATE(?: |%20|\+)KEY(?:(?: |%20|\+)BLOCK)?(?: |%20|\+)?-{4,5}/g

/** Private keys as PEM, of OpenSSH and of PGP. Of one that has no end, nothing that follows is shown. */
export const privateKeys: TextDetector = { name: 'private key', trigger: BLOCK, find }

function find(text: string): Edits {
  const edits = new Edits(text)
  BEGIN.lastIndex = 0
  for (let begin = BEGIN.exec(text); begin !== null; begin = BEGIN.exec(text)) {
    END.lastIndex = BEGIN.lastIndex
    const end = END.test(text) ? END.lastIndex : text.length
    edits.replace(begin.index, end, '[redacted private key]')
    BEGIN.lastIndex = end
  }
  return edits
}
