// Runs once before all live tests: nothing is skipped because a tool is missing.
import { buildTools, requireDockerRegistry, requireSkopeo } from './_tools.ts'

export async function setup(): Promise<void> {
  requireDockerRegistry()
  requireSkopeo()
  await buildTools()
}
