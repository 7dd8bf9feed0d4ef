// Where content is: at a registry, directly or through `ocilink explore`; or in an archive that was opened here.
import { locate, type Repository, tags } from 'ocilink'
import { throughServer } from './through-server.ts'

/** A repository, and what is looked at in it. */
export interface Place {
  readonly repo: Repository
  /** A tag or a digest. */
  readonly subject: string
  /** As people write it. */
  readonly reference: string
}

/** Opens `host/name[:tag|@digest]`. No request is made. */
export function openReference(reference: string): Place {
  const through = registriesOf(document)
  const { repo } = locate(reference)
  const fetch =
    through === undefined
      ? undefined
      : throughServer(new URL(through, document.baseURI), repo.registry)
  return { ...locate(reference, fetch ? { fetch } : {}), reference }
}

/** A manifest of the same repository, such as that of a platform. */
export function manifestOf({ repo, reference }: Place, digest: string): Place {
  const name = reference.replace(/(:[\w.-]+)?(@.*)?$/, '')
  return { repo, subject: digest, reference: `${name}@${digest}` }
}

/** Opens an archive: nothing of it is sent anywhere. */
export async function openArchive(file: File): Promise<readonly Place[]> {
  const { archive } = await import('ocilink/archive')
  const box = await archive(file)
  const entries = await box.entries()
  const named: Place[] = []
  for (const name of new Set(entries.map(({ repository }) => repository))) {
    const repo = box.repository(name)
    for await (const { tag } of tags(repo, { kind: 'named' }))
      named.push({ repo, subject: tag, reference: `${name ?? file.name}:${tag}` })
  }
  // What is attached to these has none, and is shown below them.
  if (named.length > 0) return named
  const all = entries.map(({ descriptor: { digest }, repository }) => ({
    repo: box.repository(repository),
    subject: digest,
    reference: `${repository ?? file.name}@${digest}`,
  }))
  // Entries may differ in nothing but a tag that only links.
  return [...new Map(all.map((place) => [place.reference, place])).values()]
}

/** Where `ocilink explore` passes requests to registries on, with the logins of who started it. */
function registriesOf({ head }: Document): string | undefined {
  return head.querySelector<HTMLMetaElement>('meta[name="ocilink-registries"]')?.content
}
