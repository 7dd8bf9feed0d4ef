// The in-toto statement in a document: as it is, in a DSSE envelope, or in one of a Sigstore bundle.

interface Statement {
  readonly predicateType: string
  readonly predicate?: unknown
}

export function statementOf(value: unknown): Statement | undefined {
  const document = Object(value)
  if (typeof document.predicateType === 'string') return document
  const envelope = Object(document.dsseEnvelope ?? document)
  if (typeof envelope.payload !== 'string') return undefined
  try {
    const bytes = Uint8Array.from(atob(envelope.payload), (char) => char.charCodeAt(0))
    const inside = JSON.parse(new TextDecoder().decode(bytes))
    return typeof inside?.predicateType === 'string' ? inside : undefined
  } catch {
    return undefined
  }
}
