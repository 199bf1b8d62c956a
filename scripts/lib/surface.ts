import { readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import ts from 'typescript'
import { type Door, isTest, listFiles, type Package } from './workspace.ts'

/** What a package offers, as text. */
export interface Surface {
  readonly text: string
  /** Names that a signature uses and no door exports. */
  readonly problems: readonly string[]
}

/**
 * Writes down everything that a package exports, one ambient module per door. It depends on nothing but the
 * declarations: docstrings are left out and names sorted, so that a difference between two is a change for its users.
 *
 * @param root The workspace's folder.
 * @param pkg The package. Every exported type in its sources is said outright (`isolatedDeclarations`).
 */
export function surfaceOf(root: string, pkg: Package): Surface {
  const program = declarationProgram(root, pkg.folder)
  const checker = program.getTypeChecker()
  const doors = pkg.doors.map((door) => ({ door, exports: exportsOf(door) }))
  const problems: string[] = []
  const modules = doors.map(({ door, exports }) => print(door, exports))
  const note = `// What ${pkg.manifest.name} offers, written by \`pnpm check api --update\`. A difference here decides the next version.`
  return { text: [note, ...modules].join('\n\n').concat('\n'), problems }

  function exportsOf({ source }: Door): ReadonlyMap<string, ts.Symbol> {
    const file = program.getSourceFile(`/${pkg.folder}/${source}`)
    const symbol = file && checker.getSymbolAtLocation(file)
    const found = symbol ? checker.getExportsOfModule(symbol) : []
    return new Map(found.sort((a, b) => compare(a.name, b.name)).map((exported) => [exported.name, owner(exported)]))
  }

  function owner(symbol: ts.Symbol): ts.Symbol {
    return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
  }

  function print(door: Door, exports: ReadonlyMap<string, ts.Symbol>): string {
    /** Where each imported name comes from. */
    const imports = new Map<string, string>()
    const declared = [...exports].map(([name, symbol]) => {
      const declarations = (symbol.declarations ?? []).map(statementOf)
      for (const identifier of declarations.flatMap(identifiersIn)) noteUse(identifier, name)
      return declarations.map(textOf).join('\n')
    })
    const importLines = [...Map.groupBy(imports, ([, from]) => from)]
      .sort(([a], [b]) => compare(a, b))
      .map(
        ([from, names]) =>
          `import type { ${names
            .map(([name]) => name)
            .sort(compare)
            .join(', ')} } from '${from}'\n`,
      )
    const body = [importLines.join(''), ...declared].filter((text) => text !== '').join('\n')
    return `declare module '${door.specifier}' {\n${body.replace(/^(?=.)/gm, '  ').trimEnd()}\n}`

    /** Sees that what a declaration names is exported here, or by another door, or imported. */
    function noteUse(identifier: ts.Identifier, by: string): void {
      const symbol = checker.getSymbolAtLocation(identifier)
      const declaration = symbol?.declarations?.[0]
      if (symbol === undefined || declaration === undefined) return
      const target = owner(symbol)
      if (ts.isImportSpecifier(declaration) && target.declarations === undefined) {
        const { propertyName, name, parent } = declaration
        const from = (parent.parent.parent.moduleSpecifier as ts.StringLiteral).text
        addImport(propertyName ? `${propertyName.text} as ${name.text}` : name.text, from)
      } else if (isTopLevel(target) && ![...exports.values()].includes(target)) {
        const other = doors.find((each) => [...each.exports.values()].includes(target))
        if (other) addImport(identifier.text, other.door.specifier)
        else problems.push(`${pkg.folder}: ${by} of ${door.specifier} uses ${identifier.text}, which no door exports`)
      }
    }

    function addImport(name: string, from: string): void {
      const other = imports.get(name)
      if (other !== undefined && other !== from)
        problems.push(
          `${pkg.folder}: ${door.specifier} uses a ${name} of ${from} and one of ${other}; import one by another name`,
        )
      imports.set(name, from)
    }
  }
}

function isTopLevel({ declarations = [] }: ts.Symbol): boolean {
  return declarations.some((declaration) => ts.isSourceFile(statementOf(declaration).parent))
}

const printer = ts.createPrinter({ removeComments: true })

/** A declaration as it would stand inside an ambient module, in the style of this repository. */
function textOf(declaration: ts.Node): string {
  const text = printer.printNode(ts.EmitHint.Unspecified, declaration, declaration.getSourceFile())
  const styled = text.replace(/^( {4})+/gm, (indent) => ' '.repeat(indent.length / 2)).replace(/;$/gm, '')
  return `export ${styled.replace(/^(export |declare )*/, '')}`
}

/** For a variable, the whole statement. */
function statementOf(node: ts.Node): ts.Node {
  return ts.isVariableDeclaration(node) ? node.parent.parent : node
}

function identifiersIn(node: ts.Node): readonly ts.Identifier[] {
  const found: ts.Identifier[] = []
  function visit(child: ts.Node): void {
    if (ts.isIdentifier(child)) found.push(child)
    ts.forEachChild(child, visit)
  }
  visit(node)
  return found
}

/** A program over the declarations of one package. It knows no library and no other package: names are enough. */
function declarationProgram(root: string, folder: string): ts.Program {
  const files = new Map<string, ts.SourceFile>()
  for (const file of listFiles(root, folder, 'src/**/*.ts')) {
    if (isTest(file)) continue
    const { outputText } = ts.transpileDeclaration(readFileSync(join(root, file), 'utf8'), {
      fileName: file,
      compilerOptions: { target: ts.ScriptTarget.ES2022, removeComments: true, stripInternal: true },
    })
    files.set(`/${file}`, ts.createSourceFile(`/${file}`, outputText, ts.ScriptTarget.ES2022, true))
  }
  const host: ts.CompilerHost = {
    getSourceFile: (name) => files.get(name),
    fileExists: (name) => files.has(name),
    readFile: () => undefined,
    writeFile: () => {},
    getDefaultLibFileName: () => '/lib.d.ts',
    getCurrentDirectory: () => '/',
    getCanonicalFileName: (name) => name,
    useCaseSensitiveFileNames: () => true,
    getNewLine: () => '\n',
    resolveModuleNameLiterals: (literals, containing) =>
      literals.map(({ text }) => {
        const resolvedFileName = posix.join(posix.dirname(containing), text)
        if (!text.startsWith('.') || !files.has(resolvedFileName)) return { resolvedModule: undefined }
        return { resolvedModule: { resolvedFileName, extension: ts.Extension.Ts, isExternalLibraryImport: false } }
      }),
  }
  return ts.createProgram(
    [...files.keys()],
    { noLib: true, types: [], allowImportingTsExtensions: true, noEmit: true },
    host,
  )
}

/** The same on every machine. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
