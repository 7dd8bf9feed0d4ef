import type { FoundReferrer } from 'ocilink'
import { marksOf } from '../kinds.ts'
import { createdAt, type Look } from '../look.ts'
import { short } from '../texts.ts'

interface Props {
  readonly referrers: readonly FoundReferrer[]
  /** Those of the image: what is attached to one of them says so. */
  readonly platforms: Look['platforms']
  readonly chosen: FoundReferrer | undefined
  readonly onChoose: (referrer: FoundReferrer) => void
}

/** What is attached, and what is attached to that, as lists in lists. */
export function ReferrerTree({ referrers, platforms, chosen, onChoose }: Props) {
  return (
    <ul class="tree">
      {referrers.map((one) => (
        <li key={one.digest}>
          <button
            type="button"
            aria-pressed={one.digest === chosen?.digest}
            onClick={() => onChoose(one)}
          >
            {marksOf(one).map((mark) => (
              <span key={mark} class="mark" data-kind={mark}>
                {mark}
              </span>
            ))}{' '}
            <span class="digest">{one.digest.slice(0, 19)}…</span>{' '}
            <span class="type">{short(one.artifactType ?? one.mediaType)}</span>{' '}
            <span class="aside">
              {one.size} bytes
              {createdAt(one) && `, ${createdAt(one)}`}, by{' '}
              {[...new Set(one.via.map(({ strategy }) => strategy))].join(', ')}
              {platforms
                .filter(({ digest }) => one.subjects.includes(digest))
                .map(({ name }) => `, on ${short(name)}`)}
            </span>
          </button>
          {one.referrers.length > 0 && (
            <ReferrerTree
              referrers={one.referrers}
              platforms={platforms}
              chosen={chosen}
              onChoose={onChoose}
            />
          )}
        </li>
      ))}
    </ul>
  )
}
