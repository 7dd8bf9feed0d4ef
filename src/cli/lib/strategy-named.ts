/**
 * Ways of linking by their names.
 *
 * @module
 */
import type { Strategy } from '../../index.ts'
import { UsageError } from './exit-codes.ts'

/**
 * The strategy with a name, or with the only name that begins so: `cosign` is `cosign-tags`.
 *
 * @throws `UsageError` listing those that there are
 */
export async function strategyNamed(name: string): Promise<Strategy> {
  const factories = await import('../../strategies/index.ts')
  const all = Object.values(factories).map((factory) => factory() as Strategy)
  const same = all.filter((one) => one.name === name)
  const alike = same.length > 0 ? same : all.filter((one) => one.name.startsWith(name))
  if (alike.length === 1 && name !== '') return alike[0]!
  const names = all.map((one) => one.name).join(', ')
  throw new UsageError(`there is no way of linking "${name}"; there are: ${names}`)
}
