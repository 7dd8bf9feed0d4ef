/**
 * `ocilink logout`: out of docker's file and helpers.
 *
 * @module
 */
import type { Command } from 'commander'
import { EXIT } from '../lib/exit-codes.ts'
import { configFile } from '../lib/session.ts'
import { task } from '../lib/task.ts'

/** Adds the command. */
export function logout(program: Command): Command {
  return program
    .command('logout')
    .summary('forget the login for a registry')
    .description(
      "Takes the login for a registry out of docker's config file, and out of the credential helper that it names. Exit code 1 where the file has none.",
    )
    .argument('<registry>', 'host[:port]; Docker Hub is docker.io')
    .addHelpText('after', '\nExample:\n  ocilink logout registry.example')
    .action(
      task(async ({ answer, signal, options }, registry: string) => {
        const { dockerCredentials, eraseDockerCredentials } = await import('../../node/index.ts')
        const file = configFile(options.config)
        const erased = await eraseDockerCredentials(registry, { ...file, signal })
        const left = await dockerCredentials({ ...file, signal })(registry).catch(() => undefined)
        answer(
          { registry, erased },
          erased ? `logged out of ${registry}` : `there was no login for ${registry}`,
        )
        if (left && !options.quiet)
          process.stderr.write(
            `ocilink: there is another login for ${registry}, such as podman's\n`,
          )
        return erased ? EXIT.done : EXIT.no
      }),
    )
}
