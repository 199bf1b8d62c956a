import ts from 'typescript'

/**
 * Makes a Markdown table of an interface's properties from their docstrings.
 *
 * @param source Text of the file that declares it.
 * @param file Its name, for errors.
 * @param name Name of the interface.
 * @returns The table, with a line end.
 */
export function toOptionsTable(source: string, file: string, name: string): string {
  const tree = ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true)
  const declaration = tree.statements.find(
    (statement): statement is ts.InterfaceDeclaration =>
      ts.isInterfaceDeclaration(statement) && statement.name.text === name,
  )
  if (declaration === undefined)
    throw new Error(`Cannot make a table of "${name}" as ${file} declares no such interface`)
  const rows = declaration.members.filter(ts.isPropertySignature).map((member) => {
    const option = `\`${member.name.getText(tree)}\``
    const type = (member.type?.getText(tree) ?? '').replace(/ \| undefined$/, '').replaceAll('|', '\\|')
    const [doc] = ts.getJSDocCommentsAndTags(member).filter(ts.isJSDoc)
    const meaning = ts.getTextOfJSDocComment(doc?.comment) ?? ''
    const fallback = doc?.tags?.find((tag) => tag.tagName.text === 'defaultValue')
    const value = ts.getTextOfJSDocComment(fallback?.comment) ?? (member.questionToken ? '' : 'required')
    return `| ${[option, `\`${type}\``, meaning, value].map((cell) => cell.replace(/\s+/g, ' ').trim()).join(' | ')} |`
  })
  return `| Option | Type | Meaning | Default |\n| --- | --- | --- | --- |\n${rows.join('\n')}\n`
}
