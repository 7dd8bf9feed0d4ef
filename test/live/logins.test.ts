// Real clients log in to the embedded registry, by password and by token.
import { describe, expect, test } from 'vitest'
import { embeddedRegistry } from '../../src/embedded/index.ts'
import { serve } from '../../src/node/index.ts'
import { clientsFor, type Login } from './_tools.ts'

const login: Login = { username: 'alice', password: 'wonder:länd' }

describe.each(['basic', 'bearer'] as const)('%s', (scheme) => {
  async function withClients(
    used: Login | undefined,
    task: (clients: Awaited<ReturnType<typeof clientsFor>>, host: string) => Promise<void>,
  ) {
    const users = [
      { name: login.username, password: login.password },
      {
        name: 'reader',
        password: 'r',
        permissions: [{ repository: 'team/*', actions: ['pull'] as const }],
      },
    ]
    const anonymous = [{ repository: 'public/*', actions: ['pull'] as const }]
    const server = await serve(embeddedRegistry({ auth: { scheme, users, anonymous } }))
    const clients = await clientsFor({ host: server.host, login: used })
    try {
      await task(clients, server.host)
    } finally {
      await clients.close()
      await server.close()
    }
  }

  test('oras, regctl and crane push, list and pull', async () => {
    await withClients(login, async (clients, host) => {
      const digest = await clients.pushImage('team/app', 'v1')
      const reference = `${host}/team/app:v1`
      await clients.oras('attach', '--artifact-type', 'application/x', reference, 'empty.tar')
      expect(await clients.orasDiscover(reference)).toHaveLength(1)
      expect(await clients.regctlList(reference)).toHaveLength(1)
      expect((await clients.crane('digest', reference)).trim()).toBe(digest)
      // Between repositories, with a mount that needs leave for both.
      await clients.crane('copy', reference, `${host}/team/copy:v1`)
      await clients.crane('pull', `${host}/team/copy:v1`, 'pulled.tar')
    })
  })

  test('nobody pushes without a password, with a wrong one, or without leave', async () => {
    for (const used of [
      undefined,
      { ...login, password: 'wrong' },
      { username: 'reader', password: 'r' },
    ]) {
      await withClients(used, async (clients) => {
        await expect(clients.pushImage('team/app', 'v1')).rejects.toThrow(
          /UNAUTHORIZED|DENIED|401|403/,
        )
      })
    }
  })
})
