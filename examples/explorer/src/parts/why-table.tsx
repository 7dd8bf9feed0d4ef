import type { Digest, Repository } from 'ocilink'
import { useState } from 'preact/hooks'
import { useLoaded } from '../use-loaded.ts'
import { kinds } from '../why/kinds.ts'
import type { Finding } from '../why/why.ts'

interface Props {
  readonly repo: Repository
  readonly digest: Digest
}

const marks = { seen: 'seen', 'not seen': 'not seen', unknown: 'could not tell' } as const

/** What other tools would see, and why not: asked for when somebody wants to know. */
export function WhyTable({ repo, digest }: Props) {
  const [open, setOpen] = useState(false)
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Why does somebody say “unsigned”?</summary>
      {open && <Findings repo={repo} digest={digest} />}
    </details>
  )
}

function Findings({ repo, digest }: Props) {
  const { value, error } = useLoaded(digest, async (signal) => {
    const [{ factsOf }, { whyNot }] = await Promise.all([
      import('../why/facts.ts'),
      import('../why/why.ts'),
    ])
    return whyNot(await factsOf(repo, digest, signal))
  })
  if (error) return <p class="problem">It could not be found out: {error.message}</p>
  if (!value) return <p class="waiting">Looking …</p>
  return (
    <>
      <p class="hint">
        What each tool would see, by its rules of discovery; nothing is verified, and no tool is run
        here.
      </p>
      <table class="reasons">
        <thead>
          <tr>
            <th scope="col">Looks for</th>
            <th scope="col">Sees it</th>
            <th scope="col">Why</th>
          </tr>
        </thead>
        {[...new Set(value.map(({ client }) => client))].map((client) => (
          <tbody key={client.name}>
            <tr>
              <th scope="rowgroup" colSpan={3}>
                {client.name} {client.version}
              </th>
            </tr>
            {value.filter((one) => one.client === client).map(row)}
          </tbody>
        ))}
      </table>
    </>
  )
}

function row({ kind, seen, why }: Finding) {
  return (
    <tr key={kind} data-status={seen}>
      <th scope="row">{kinds[kind].name}</th>
      <td>{marks[seen]}</td>
      <td>{why.replace(/(sha256[:-][0-9a-f]{8})[0-9a-f]{56}/g, '$1…')}</td>
    </tr>
  )
}
