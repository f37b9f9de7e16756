import { createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { freeOperator, withService } from '../../../../electron/keeper/machine/init-service.ts'
import { anId } from '../../../builders/snapshot.ts'
import { aSetup } from '../../domain/scene.ts'

const made = (operator: string) =>
  ({
    identity: anId(7),
    name: 'Moss',
    posFolder: '/mnt/post-moss',
    nonces: 288,
    randomx: 'fast',
    binary: '/opt/post-service',
    operator,
  }) as const

/** Whoever has the port, it is taken afterwards. */
const occupied = async (port: number): Promise<() => void> => {
  const server = createServer()
  await new Promise<void>((resolve) => server.once('error', () => resolve()).listen(port, '127.0.0.1', resolve))
  return () => void server.close()
}

describe('the service of new PoS data', () => {
  it('answers where neither the set-up nor anybody else on this computer does', async () => {
    const free = await occupied(50_052)
    try {
      const setup = aSetup()
      const operator = await freeOperator(setup)
      expect(setup.services.map((one) => one.operator)).toEqual(['127.0.0.1:50051'])
      expect(Number(operator.split(':').at(-1))).toBeGreaterThan(50_052)
      const services = withService(setup, made(operator)).services
      expect(services.at(-1)).toMatchObject({ identity: anId(7), operator, posFolder: '/mnt/post-moss' })
    } finally {
      free()
    }
  })

  it('stays as it is where there is one already', () => {
    const once = withService(aSetup(), made('127.0.0.1:50060'))
    expect(withService(once, made('127.0.0.1:50061'))).toEqual(once)
  })
})
