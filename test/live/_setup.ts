// Runs once before all live tests: nothing is skipped because a tool is missing.
import { buildTools, requireDockerRegistry } from './_tools.ts'

export async function setup(): Promise<void> {
  requireDockerRegistry()
  await buildTools()
}
