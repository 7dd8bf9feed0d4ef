// All ways in which a file of TypeScript names another module: import, export from, import(), the
// import of a type, import x = require.
import ts from 'typescript'

/**
 * Each with its `line`, the `name` of the module (undefined when it is no string), whether it is of
 * types alone (`typeOnly`), of the whole module (`namespace`), passed on (`exported`), or an
 * `import('…').Type` (`inType`).
 */
export function parseImports(text) {
  const source = ts.createSourceFile('file.ts', text, ts.ScriptTarget.Latest, true)
  const imports = []
  /** By the name that each import has in this file. */
  const bound = new Map()
  visit(source)
  for (const statement of source.statements) passOn(statement)
  return imports

  function add(node, literal, flags = {}) {
    const found = {
      line: source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1,
      name: literal && ts.isStringLiteralLike(literal) ? literal.text : undefined,
      typeOnly: false,
      namespace: false,
      exported: false,
      inType: false,
      ...flags,
    }
    imports.push(found)
    return found
  }

  function visit(node) {
    if (ts.isImportDeclaration(node)) addImport(node)
    else if (ts.isExportDeclaration(node) && node.moduleSpecifier) {
      const clause = node.exportClause
      const named = clause && ts.isNamedExports(clause) ? clause.elements : []
      const typeOnly = node.isTypeOnly || areTypes(named)
      add(node, node.moduleSpecifier, { typeOnly, exported: true })
    } else if (ts.isImportTypeNode(node)) {
      const literal = ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined
      add(node, literal, { typeOnly: true, inType: true })
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node, node.arguments[0])
    } else if (ts.isExternalModuleReference(node)) {
      add(node, node.expression)
    }
    ts.forEachChild(node, visit)
  }

  function addImport(node) {
    const clause = node.importClause
    const bindings = clause?.namedBindings
    const named = bindings && ts.isNamedImports(bindings) ? bindings.elements : []
    const found = add(node, node.moduleSpecifier, {
      typeOnly:
        clause?.phaseModifier === ts.SyntaxKind.TypeKeyword || (!clause?.name && areTypes(named)),
      namespace: !clause?.name && bindings !== undefined && ts.isNamespaceImport(bindings),
    })
    for (const { name } of clause
      ? [clause, ...named, ...(found.namespace ? [bindings] : [])]
      : []) {
      if (name) bound.set(name.text, found)
    }
  }

  /** What was imported and is exported under its own statement is passed on as well. */
  function passOn(statement) {
    if (!ts.isExportDeclaration(statement) || statement.moduleSpecifier) return
    const clause = statement.exportClause
    if (!clause || !ts.isNamedExports(clause)) return
    for (const { name, propertyName } of clause.elements) {
      const found = bound.get((propertyName ?? name).text)
      if (found) found.exported = true
    }
  }
}

function areTypes(elements) {
  return elements.length > 0 && elements.every(({ isTypeOnly }) => isTypeOnly)
}
