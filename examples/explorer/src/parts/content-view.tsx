import type { FoundReferrer, Repository } from 'ocilink'
import type { Part } from '../content/part.ts'
import { readParts } from '../content/read-parts.ts'
import { useLoaded } from '../use-loaded.ts'

/** Characters of an annotation: the manifest, which is shown too, has all of it. */
const MOST = 1000

interface Props {
  readonly repo: Repository
  readonly referrer: FoundReferrer
}

/** What an artifact holds. */
export function ContentView({ repo, referrer }: Props) {
  const { value, error } = useLoaded(referrer.digest, (signal) =>
    readParts(repo, referrer.digest, signal),
  )
  return (
    <>
      <h2>{referrer.artifactType ?? referrer.mediaType}</h2>
      <p class="digest">{referrer.digest}</p>
      {Object.keys(referrer.annotations ?? {}).length > 0 && (
        <dl class="annotations">
          {Object.entries(referrer.annotations ?? {}).map(([key, value]) => [
            <dt key={`${key}?`}>{key}</dt>,
            <dd key={key}>{value.length > MOST ? `${value.slice(0, MOST)} …` : value}</dd>,
          ])}
        </dl>
      )}
      {error && <p class="problem">It could not be read: {error.message}</p>}
      {!value && !error && <p class="waiting">Reading …</p>}
      {value?.map((part, at) => (
        <PartView key={at} part={part} />
      ))}
    </>
  )
}

function PartView({ part }: { readonly part: Part }) {
  return (
    <article>
      <h3>{part.title}</h3>
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
                  <td key={column}>{cell}</td>
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
