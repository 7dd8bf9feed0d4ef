/**
 * The store's documents. Their parser is loaded with the first of them.
 *
 * @module
 */

/** An element's children by name: texts, elements, or lists of them where there are several. */
type Element = { readonly [name: string]: unknown }

/** Reads a document; `{}` for what is none. */
export async function parseXml(bytes: Uint8Array): Promise<Element> {
  if (bytes.byteLength === 0) return {}
  const { XMLParser } = await import('fast-xml-parser')
  const parser = new XMLParser({
    parseTagValue: false,
    ignoreDeclaration: true,
    // Some stores write quotes as `&#34;`.
    htmlEntities: true,
  })
  try {
    return elementOf(parser.parse(new TextDecoder().decode(bytes)))
  } catch {
    return {}
  }
}

/** A child that is an element; `{}` where there is none. */
export function elementOf(value: unknown): Element {
  return typeof value === 'object' && value !== null ? (value as Element) : {}
}

/** All children of a name. */
export function elementsOf(parent: Element, name: string): readonly Element[] {
  const found = parent[name]
  if (found === undefined) return []
  return (Array.isArray(found) ? found : [found]).map(elementOf)
}

/** A child's text; `''` where there is none. */
export function textOf(parent: Element, name: string): string {
  const found = parent[name]
  return typeof found === 'string' ? found : ''
}

/** What an error document says; nothing for any other. */
export async function errorOf(
  bytes: Uint8Array,
): Promise<{ readonly code?: string | undefined; readonly message?: string | undefined }> {
  const document = await parseXml(bytes)
  if (!('Error' in document)) return {}
  const error = elementOf(document.Error)
  return { code: textOf(error, 'Code'), message: textOf(error, 'Message').slice(0, 300) }
}

/** Text in a document that we write. */
export function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
