/**
 * Commands that delete: the plan is made and shown, agreed to, and then carried out, no more than it.
 *
 * @module
 */
import type { DeletedItem } from '../../index.ts'
import { checkAskable, confirm } from './confirm.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import type { Progress } from './progress.ts'
import { shown } from './style.ts'
import type { Context } from './task.ts'

/** Options of every command that deletes. */
export interface DeleteOptions {
  readonly yes?: boolean
  readonly dryRun?: boolean
}

/** What such a call of the library gives. */
interface Plan {
  readonly items: readonly DeletedItem[]
  readonly complete: boolean
}

/**
 * Makes a plan, and carries it out.
 *
 * @param call - the call of the library: for a plan, or with one
 */
export async function deleteByPlan<P extends Plan>(
  { answer, signal, progress, options: { json } }: Context,
  { yes = false, dryRun = false }: DeleteOptions,
  call: (options: {
    dryRun?: boolean
    plan?: P
    signal: AbortSignal
    onProgress: Progress['onProgress']
  }) => Promise<P>,
): Promise<ExitCode> {
  const { onProgress } = progress
  if (!yes && !dryRun) checkAskable()
  const plan = await call({ dryRun: true, signal, onProgress })
  if (dryRun || plan.items.length === 0) {
    answer(plan, planText(plan))
    return plan.complete ? EXIT.done : EXIT.unknown
  }
  if (!yes) {
    process.stderr.write(`${planText(plan)}\n`)
    const agreed = await confirm(`Delete ${plan.items.length}?`, signal)
    if (!agreed) return EXIT.no
  }
  const done = await call({ plan, signal, onProgress })
  answer(done, json ? '' : planText(done))
  return done.complete ? EXIT.done : EXIT.partly
}

function planText({ items }: Plan): string {
  if (items.length === 0) return 'nothing to delete'
  return items
    .map(({ action, digest, tags, reason, status, error }) => {
      const what = action === 'delete-tag' ? tags : [digest, ...tags]
      const line = `${[action, ...what].join(' ')} (${reason})`
      if (status === 'planned' || status === 'done') return shown(line)
      return shown(`${line}: ${status}${error === undefined ? '' : `: ${error}`}`)
    })
    .join('\n')
}
