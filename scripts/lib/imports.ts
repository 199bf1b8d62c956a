import ts from 'typescript'

/** One way in which a module names another. */
export interface Reference {
  readonly kind: 'import' | 'side effect' | 'export' | 'export *' | 'import()' | 'require()'
  /** Undefined where it is not a literal, and so nobody can tell. */
  readonly specifier: string | undefined
  readonly line: number
}

/**
 * Every module that a source names, in whatever way: declarations (of types, too), `import()`, `import('x').Type`,
 * `require()`, `declare module` and triple-slash references.
 *
 * @param text The source.
 */
export function referencesOf(text: string): readonly Reference[] {
  const source = ts.createSourceFile('source.ts', text, ts.ScriptTarget.Latest, true)
  const found: Reference[] = []

  function add(kind: Reference['kind'], specifier: ts.Node | undefined, at: ts.Node): void {
    const literal = specifier !== undefined && ts.isStringLiteralLike(specifier) ? specifier.text : undefined
    found.push({ kind, specifier: literal, line: source.getLineAndCharacterOfPosition(at.getStart()).line + 1 })
  }

  function visit(node: ts.Node): void {
    if (ts.isImportDeclaration(node))
      add(node.importClause === undefined ? 'side effect' : 'import', node.moduleSpecifier, node)
    else if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined)
      add(node.exportClause === undefined ? 'export *' : 'export', node.moduleSpecifier, node)
    else if (ts.isImportTypeNode(node))
      add('import', ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined, node)
    else if (ts.isExternalModuleReference(node)) add('require()', node.expression, node)
    else if (ts.isModuleDeclaration(node) && ts.isStringLiteral(node.name)) add('import', node.name, node)
    else if (ts.isCallExpression(node)) {
      if (node.expression.kind === ts.SyntaxKind.ImportKeyword) add('import()', node.arguments[0], node)
      else if (/^(createRequire|require(\.resolve)?|module\.require)$/.test(node.expression.getText()))
        add('require()', node.arguments[0], node)
    }
    ts.forEachChild(node, visit)
  }

  visit(source)
  for (const { fileName, pos } of [...source.referencedFiles, ...source.typeReferenceDirectives])
    found.push({ kind: 'import', specifier: fileName, line: source.getLineAndCharacterOfPosition(pos).line + 1 })
  return found
}

/**
 * Lines that hold code: neither blank nor nothing but comment.
 *
 * @param text The source.
 */
export function countCodeLines(text: string): number {
  const source = ts.createSourceFile('source.ts', text, ts.ScriptTarget.Latest, true)
  const lines = new Set<number>()
  function visit(node: ts.Node): void {
    // Docstrings are children of what they describe.
    if (node.kind >= ts.SyntaxKind.FirstJSDocNode && node.kind <= ts.SyntaxKind.LastJSDocNode) return
    const children = node.getChildren(source)
    for (const child of children) visit(child)
    if (children.length > 0 || node.getWidth(source) === 0) return
    const { line: first } = source.getLineAndCharacterOfPosition(node.getStart(source))
    const { line: last } = source.getLineAndCharacterOfPosition(node.getEnd())
    for (let line = first; line <= last; line++) lines.add(line)
  }
  visit(source)
  return lines.size
}

/**
 * Circles in a graph of modules, each as the modules on its way round. At least one of every knot.
 *
 * @param graph For each module those that it names.
 */
export function findCycles(graph: ReadonlyMap<string, readonly string[]>): readonly (readonly string[])[] {
  const cycles: string[][] = []
  const done = new Set<string>()
  const path: string[] = []
  function visit(module: string): void {
    const start = path.indexOf(module)
    if (start !== -1) cycles.push([...path.slice(start), module])
    if (start !== -1 || done.has(module)) return
    path.push(module)
    for (const next of graph.get(module) ?? []) visit(next)
    path.pop()
    done.add(module)
  }
  for (const module of graph.keys()) visit(module)
  return cycles
}
