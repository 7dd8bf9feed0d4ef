import { tags } from 'ocilink'
import { useEffect, useRef, useState } from 'preact/hooks'
import { marks } from '../kinds.ts'
import { lookForMarks } from '../look.ts'
import type { Place } from '../places.ts'
import { useLoaded } from '../use-loaded.ts'

/** Tags that are listed. */
const MOST = 500

interface Props {
  readonly place: Place
  readonly places: readonly Place[] | undefined
  readonly onOpen: (place: Place) => void
}

/** The tags that people made, without those that only link; or the images of an archive. */
export function TagList({ place, places, onOpen }: Props) {
  const { repo } = place
  const name = `${repo.registry}/${repo.name}`
  const { value: listed, error } = useLoaded('all', async (signal) => {
    if (places) return { found: places.slice(0, MOST), more: places.length > MOST }
    const found: Place[] = []
    for await (const { tag } of tags(repo, { kind: 'named', signal })) {
      if (found.length === MOST) return { found, more: true }
      found.push({ repo, subject: tag, reference: `${name}:${tag}` })
    }
    return { found, more: false }
  })
  // Tags of several repositories may have one name.
  const hasMany = places?.some((one) => one.repo.name !== repo.name)
  return (
    <nav aria-label="Tags">
      <h2>{places ? 'Images' : 'Tags'}</h2>
      {error && <p class="problem">The tags could not be listed: {error.message}</p>}
      {!listed && !error && <p class="waiting">Asking {repo.registry} …</p>}
      {listed?.found.length === 0 && <p class="hint">There are none that people made.</p>}
      <ul>
        {listed?.found.map((one) => (
          <li key={one.reference}>
            <button
              type="button"
              aria-current={isSame(one, place) ? 'true' : undefined}
              onClick={() => onOpen(one)}
            >
              {hasMany ? one.reference : one.subject} <Marks place={one} />
            </button>
          </li>
        ))}
      </ul>
      {listed?.more && <p class="hint">Only the first {MOST} are shown.</p>}
    </nav>
  )
}

/** `docker.io/library/app:latest` has a shorter name, too. */
function isSame(a: Place, b: Place): boolean {
  return a.subject === b.subject && a.repo.name === b.repo.name
}

/** Whether something is signed, and has an SBOM or provenance: asked for once the tag is seen. */
function Marks({ place }: { readonly place: Place }) {
  const [seen, setSeen] = useState(false)
  const element = useRef<HTMLSpanElement>(null)
  useEffect(() => {
    const observer = new IntersectionObserver((entries) => {
      if (entries.some(({ isIntersecting }) => isIntersecting)) setSeen(true)
    })
    if (element.current) observer.observe(element.current)
    return () => observer.disconnect()
  }, [])
  const { value, error } = useLoaded(`${seen} ${place.reference}`, async (signal) =>
    seen ? lookForMarks(place.repo, place.subject, signal) : undefined,
  )
  return (
    <span class="marks" ref={element}>
      {marks
        .filter((mark) => mark !== 'other' && value?.marks.includes(mark))
        .map((mark) => (
          <span key={mark} class="mark" data-kind={mark}>
            {mark === 'signature' ? 'signed' : mark}
          </span>
        ))}
      {(error || value?.complete === false) && (
        <span class="mark" data-kind="unsure" title={error?.message ?? 'Not all could be asked'}>
          not sure
        </span>
      )}
    </span>
  )
}
