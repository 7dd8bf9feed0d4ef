/**
 * `ocilink login`: into docker's file and helpers.
 *
 * @module
 */
import type { Command } from 'commander'
import { ask, canAsk } from '../lib/ask.ts'
import { EXIT, UsageError } from '../lib/exit-codes.ts'
import { checkUser, configFile, connectionOptions } from '../lib/session.ts'
import { type Context, task } from '../lib/task.ts'

/** Adds the command. */
export function login(program: Command): Command {
  return program
    .command('login')
    .summary('log in to a registry')
    .description(
      "Tries a user name and a password at a registry, and keeps them where docker keeps them: with the credential helper that docker's config file names, else in that file.",
    )
    .argument('<registry>', 'host[:port]; Docker Hub is docker.io')
    .addHelpText(
      'after',
      '\nExample:\n  ocilink login registry.example --user me --password-stdin < password.txt',
    )
    .action(
      task(async (context, registry: string) => {
        const { answer, signal, session } = context
        const { quiet, config } = session.options
        const credentials = await readLogin(context, registry)
        const [{ checkLogin }, { storeDockerCredentials }] = await Promise.all([
          import('../../registry/index.ts'),
          import('../../node/index.ts'),
        ])
        const connection = await connectionOptions(session)
        const checked = await checkLogin(registry, credentials, { ...connection, signal })
        const stored = await storeDockerCredentials(registry, credentials, {
          ...configFile(config),
          signal,
        })
        const { username } = credentials
        const place = stored.helper ? `docker-credential-${stored.helper}` : stored.config
        if (!quiet && !checked)
          process.stderr.write(
            `ocilink: ${registry} asks nobody for a login, so it was not tried\n`,
          )
        if (!quiet && !stored.helper)
          process.stderr.write(
            `ocilink: whoever may read ${place} can read the password; a credential helper keeps it safer\n`,
          )
        answer(
          {
            registry,
            username,
            checked,
            config: stored.config,
            ...(stored.helper && { helper: stored.helper }),
          },
          `logged in to ${registry} as ${username}; kept by ${place}`,
        )
        return EXIT.done
      }),
    )
}

/** From the options, else from who sits at the terminal. */
async function readLogin({ session, signal }: Context, registry: string) {
  const { user, passwordStdin } = session.options
  if (!/^[^\s/@?#]+$/.test(registry))
    throw new UsageError(`a registry is host or host:port, got "${registry}"`)
  if (!canAsk() && !(user !== undefined && passwordStdin)) {
    throw new UsageError('nobody can be asked here: pass --user with --password-stdin')
  }
  const username = user ?? (await ask(`User name for ${registry}: `, signal)).trim()
  checkUser(username)
  const password = passwordStdin
    ? await session.password()
    : await ask('Password: ', signal, { hidden: true })
  if (!username) throw new UsageError('the user name is empty')
  if (/\p{Cc}/u.test(password)) throw new UsageError('the password has control characters')
  if (!password) throw new UsageError('the password is empty')
  return { username, password }
}
