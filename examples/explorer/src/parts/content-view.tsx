import type { FoundReferrer, Repository } from 'ocilink'
import type { Part } from '../content/part.ts'
import { readParts } from '../content/read-parts.ts'
import { short } from '../texts.ts'
import { useLoaded } from '../use-loaded.ts'

/** Annotations that are shown: the manifest, which is shown too, has all of them. */
const MOST = 100

interface Props {
  readonly repo: Repository
  readonly referrer: FoundReferrer
}

/** What an artifact holds. */
export function ContentView({ repo, referrer }: Props) {
  const { value, error } = useLoaded(referrer.digest, (signal) =>
    readParts(repo, referrer.digest, signal),
  )
  const annotations = Object.entries(referrer.annotations ?? {})
  return (
    <>
      <h2>{short(referrer.artifactType ?? referrer.mediaType)}</h2>
      <p class="digest">{referrer.digest}</p>
      {annotations.length > 0 && (
        <dl class="annotations">
          {annotations
            .slice(0, MOST)
            .map(([key, value]) => [
              <dt key={`${key}?`}>{short(key)}</dt>,
              <dd key={key}>{short(value)}</dd>,
            ])}
        </dl>
      )}
      {annotations.length > MOST && (
        <p class="hint">
          The first {MOST} of {annotations.length} annotations are shown.
        </p>
      )}
      {error && <p class="problem">It could not be read: {error.message}</p>}
      {/* Not all that is read: that would be read out. */}
      <p role="status" class="waiting">
        {value ? countOf(value) : !error && 'Reading …'}
      </p>
      {value?.map((part, at) => (
        <PartView key={at} part={part} />
      ))}
    </>
  )
}

function countOf({ length }: readonly Part[]): string {
  return length === 1 ? '1 part' : `${length} parts`
}

function PartView({ part }: { readonly part: Part }) {
  return (
    <article>
      <h3>{short(part.title)}</h3>
      {part.note && <p class="hint">{part.note}</p>}
      {part.rows && (
        <table>
          <thead>
            <tr>
              {part.rows[0]!.map((cell) => (
                <th key={cell} scope="col">
                  {cell}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {part.rows.slice(1).map((row, at) => (
              <tr key={at}>
                {row.map((cell, column) => (
                  <td key={column}>{short(cell)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {part.text !== undefined && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, also for those without a mouse (WCAG 2.1.1)
        <pre tabIndex={0}>{part.text}</pre>
      )}
    </article>
  )
}
