import type { Source } from 'ocilink'
import { short } from '../texts.ts'

/** Each way of linking, and what it was answered: what could not be asked, and why. */
export function SourceTable({ sources }: { readonly sources: readonly Source[] }) {
  const failedFirst = [...sources].sort(
    (a, b) => Number(b.status === 'failed') - Number(a.status === 'failed'),
  )
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">Way of linking</th>
          <th scope="col">Answer</th>
          <th scope="col">Found</th>
        </tr>
      </thead>
      <tbody>
        {failedFirst.map(({ strategy, subject, status, count, error }) => (
          <tr key={`${strategy} ${subject}`} data-status={status}>
            <th scope="row">{strategy}</th>
            <td>
              {status === 'failed' ? 'could not be asked' : status}
              {error && <p>{short(error.message)}</p>}
            </td>
            <td>{count}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
